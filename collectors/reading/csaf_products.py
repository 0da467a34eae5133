"""Derive what a CSAF 2.0 document says of its products: tree (§ 3.2.2), status, remedies (§ 3.2.3).

A document in which a product could be shown for another, or as affected where it is not, is refused:
one product id defined twice (mandatory test 6.1.2), or one product with contradicting statuses for
one vulnerability (6.1.6).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from collectors.reading import text
from records import AffectedProduct, UnreadableError

Branches = tuple[tuple[str, str], ...]  # their categories and names, outermost first

MAX_NAMED = 5  # products named on a line; the others are counted

_VERSION = ("product_version", "product_version_range", "service_pack", "patch_level")
_GROUPS = {  # a product is in one of them for a vulnerability (§ 6.1.6)
    "first_affected": "affected",
    "known_affected": "affected",
    "last_affected": "affected",
    "first_fixed": "fixed",
    "fixed": "fixed",
    "known_not_affected": "not affected",
    "under_investigation": "under investigation",
}


@dataclass(frozen=True, slots=True)
class Tree:
    """The products of a document by id, in its order, and the product ids of its groups."""

    products: Mapping[str, AffectedProduct]
    groups: Mapping[str, Sequence[str]]


def affected_products(document: dict[str, Any], tree: Tree) -> tuple[AffectedProduct, ...]:
    """Return each product once for each status (§ 3.2.3.9) that some vulnerability gives it.

    `document` is a whole CSAF document. A product without status comes once, with an empty one; a
    status of a product that is not in the tree is left out. Products are in the order of the tree.
    Raises `UnreadableError` where the statuses of one vulnerability contradict each other.
    """
    statuses: dict[str, dict[str, None]] = {}
    for vulnerability in text.mappings(document.get("vulnerabilities")):
        for product_id, status in _statuses(vulnerability):
            statuses.setdefault(product_id, {})[status] = None
    found = (
        replace(product, status=status)
        for product_id, product in tree.products.items()
        for status in statuses.get(product_id, {"": None})
    )
    return tuple(dict.fromkeys(found))


def _statuses(vulnerability: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the product ids of a vulnerability, each with its status."""
    groups: dict[str, str] = {}
    for status, ids in text.mapping(vulnerability.get("product_status")).items():
        for product_id in ids:
            group = _GROUPS.get(status, "")
            if group and groups.setdefault(product_id, group) != group:
                raise UnreadableError(
                    f"product {product_id[:80]!r} is both {groups[product_id]} and {group} in one vulnerability"
                )
            yield product_id, status


def remediations(document: dict[str, Any], tree: Tree) -> tuple[str, ...]:
    """Return the details of the remediations (§ 3.2.3.12), each once, with their date and address.

    Where one does not concern all products of the document, it begins with the names of its own.
    """
    found: dict[str, None] = {}
    for vulnerability in text.mappings(document.get("vulnerabilities")):
        for item in text.mappings(vulnerability.get("remediations")):
            names, remedy = product_names(tree, item), _remedy(item)
            found[f"{names} — {remedy}" if names and remedy else remedy] = None
    return tuple(filter(None, found))


def product_names(tree: Tree, item: dict[str, Any]) -> str:
    """Return on one line which products a flag, a threat or a remediation concerns: the first
    `MAX_NAMED`, and how many more. Empty where it names none, or all.
    """
    groups = (tree.groups.get(group, ()) for group in item.get("group_ids", ()))
    lists = [item.get("product_ids", ()), *groups]
    total = sum(map(len, lists))
    if total >= len(tree.products):
        return ""
    ids = islice(chain.from_iterable(lists), MAX_NAMED)
    names = "; ".join(dict.fromkeys(_whole_name(tree.products[one]) for one in ids if one in tree.products))
    return f"{names}; … (+{total - MAX_NAMED})" if total > MAX_NAMED else names


def _remedy(item: dict[str, Any]) -> str:
    """Return what a remediation says: details, date from which it can be had, address."""
    details, url = text.plain(item["details"]), text.link(text.string(item.get("url")))
    at = text.instant(text.string(item.get("date")))
    dated = f"{details} ({at.date()})" if at else details
    return f"{dated}\n{url}".strip() if url not in details else dated


def _whole_name(product: AffectedProduct) -> str:
    """Return the name of a product with its version, which a relationship's own name already holds."""
    return product.name if product.versions in product.name else f"{product.name} {product.versions}"


def product_tree(document: dict[str, Any]) -> Tree:
    """Return the products of a document by id: of its branches, its plain list and its relationships.

    A product made of two (`installed_on`, …) has its own whole name, and the rest of its component.
    Raises `UnreadableError` where one id stands for two products.
    """
    tree = text.mapping(document.get("product_tree"))
    defined = [(item, _product(path, _name(item))) for path, item in _leaves(tree)]
    defined += (
        (item, AffectedProduct(_name(item))) for item in text.mappings(tree.get("full_product_names"))
    )
    products = {item["product_id"]: product for item, product in defined}
    for relationship in text.mappings(tree.get("relationships")):
        item = relationship["full_product_name"]
        component = products.get(relationship["product_reference"], AffectedProduct(""))
        defined.append((item, replace(component, name=_name(item))))
        products[item["product_id"]] = defined[-1][1]
    twice, times = (
        Counter(item["product_id"] for item, _ in defined).most_common(1)[0] if defined else ("", 1)
    )
    if times > 1:
        raise UnreadableError(f"the product tree defines {times} products with the id {twice[:80]!r}")
    groups = {group["group_id"]: group["product_ids"] for group in text.mappings(tree.get("product_groups"))}
    return Tree(products, groups)


def _name(item: dict[str, Any]) -> str:
    return text.line(text.string(item.get("name")))


def _leaves(tree: dict[str, Any]) -> Iterator[tuple[Branches, dict[str, Any]]]:
    """Yield each product of the branches with its path; without recursion, as depth is the sender's."""
    start: Branches = ()
    stack = [(start, branch) for branch in reversed(text.mappings(tree.get("branches")))]
    while stack:
        above, branch = stack.pop()
        path = (*above, (text.string(branch.get("category")), _name(branch)))
        if "product" in branch:
            yield path, text.mapping(branch["product"])
        stack += ((path, child) for child in reversed(text.mappings(branch.get("branches"))))


def _product(path: Branches, full_name: str) -> AffectedProduct:
    """Return a product by the names of its branches; the full name where no branch names it."""
    names = dict(path)  # the innermost of a category wins
    return AffectedProduct(
        name=names.get("product_name") or names.get("product_family") or full_name,
        vendor=names.get("vendor", ""),
        versions=" ".join(name for category, name in path if category in _VERSION),
        branch=" / ".join(name for _, name in path),
    )
