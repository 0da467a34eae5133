"""Derive the affected products of a CSAF 2.0 document from its product tree (§ 3.2.2)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from collectors import text
from records import AffectedProduct

Branches = tuple[tuple[str, str], ...]  # their categories and names, outermost first

_VERSION = ("product_version", "product_version_range", "service_pack", "patch_level")


def affected_products(document: dict[str, Any]) -> tuple[AffectedProduct, ...]:
    """Return each product once for each status (§ 3.2.3.9) that some vulnerability gives it.

    `document` is a whole CSAF document. A product without status comes once, with an empty one; a
    status of a product that is not in the tree is left out. Products are in the order of the tree.
    """
    statuses: dict[str, dict[str, None]] = {}
    for vulnerability in text.mappings(document.get("vulnerabilities")):
        for status, ids in text.mapping(vulnerability.get("product_status")).items():
            for product_id in ids if isinstance(ids, list) else ():
                statuses.setdefault(text.string(product_id), {})[status] = None
    found = (
        replace(product, status=status)
        for product_id, product in _products(text.mapping(document.get("product_tree"))).items()
        for status in statuses.get(product_id, {"": None})
    )
    return tuple(dict.fromkeys(found))


def _products(tree: dict[str, Any]) -> dict[str, AffectedProduct]:
    """Return the products of a tree by id: of its branches, its plain list and its relationships.

    A product made of two (`installed_on`, …) has its own whole name, and the rest of its component.
    """
    products: dict[str, AffectedProduct] = {}
    for path, item in _leaves(tree):
        _keep(products, item, _product(path, _name(item)))
    for item in text.mappings(tree.get("full_product_names")):
        _keep(products, item, AffectedProduct(_name(item)))
    for relationship in text.mappings(tree.get("relationships")):
        item = text.mapping(relationship.get("full_product_name"))
        component = products.get(text.string(relationship.get("product_reference")), AffectedProduct(""))
        _keep(products, item, replace(component, name=_name(item)))
    return products


def _keep(products: dict[str, AffectedProduct], item: dict[str, Any], product: AffectedProduct) -> None:
    product_id = text.string(item.get("product_id"))
    if product_id and product.name:
        products.setdefault(product_id, product)


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
