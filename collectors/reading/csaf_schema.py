"""Say whether a document has the shape that the JSON schema of CSAF 2.0 (§ 3.2) asks for.

Checked, by hand as the schema and its validator would cost more than the rest of the reading: every
member below is there where it must be, has its type, its pattern or its closed list of words; a list
has an item; a branch of the product tree has a name, a category and either further branches or a
product. Not checked: members that Vigie does not read (acknowledgments, generator, hashes, CPE, …),
the single metrics beside a CVSS vector, unknown members; TLP labels, which are read as RED where they
are unknown; a `cve`, which is rejected alone where it is none.

What the schema cannot say, such as the mandatory tests of § 6.1, is no reason to refuse a document,
except for the two that would show a wrong product (see `csaf_products`).
"""

import re
from collections.abc import Iterator
from typing import Any

from collectors.reading import text
from records import UnreadableError

Place = tuple[str, Any]  # where it stands, such as `document.notes[0]`, and what stands there

_TEXT = r"(?s).+"
_WORD = r"[^\s\-_.](?s:.*[^\s\-_.])?"
_TRIMMED = r"\S(?s:.*\S)?"
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:\S+"
_INSTANT = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})"
_NUMBER = r"(?:0|[1-9]\d*)"
_VERSION = rf"{_NUMBER}(?:\.{_NUMBER}\.{_NUMBER}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)?"
_NOTE = {"category": "description|details|faq|general|legal_disclaimer|other|summary", "text": _TEXT}
_REFERENCE = {"summary": _TEXT, "url": _URI}
_PRODUCT = {"name": _TEXT, "product_id": _TEXT}
_BRANCH = (
    "architecture|host_name|language|legacy|patch_level|product_family|product_name|product_version|"
    "product_version_range|service_pack|specification|vendor"
)
_STATUSES = frozenset(
    {
        "first_affected",
        "first_fixed",
        "fixed",
        "known_affected",
        "known_not_affected",
        "last_affected",
        "recommended",
        "under_investigation",
    }
)

# Where (`[]`: each of a list, `!`: must be there), and the members that its objects must have (`?`: may).
_PARTS: dict[str, dict[str, str]] = {
    "document!": {"category": _WORD, "csaf_version": r"2\.0", "title": _TEXT, "lang?": r"[A-Za-z0-9-]{2,}"},
    "document.notes[]": _NOTE,
    "document.references[]": _REFERENCE,
    "document.aggregate_severity": {"text": _TEXT},
    "document.publisher!": {
        "category": "coordinator|discoverer|other|translator|user|vendor",
        "name": _TEXT,
        "namespace": _URI,
    },
    "document.tracking!": {
        "id": _TRIMMED,
        "status": "draft|final|interim",
        "version": _VERSION,
        "initial_release_date": _INSTANT,
        "current_release_date": _INSTANT,
    },
    "document.tracking.revision_history[]!": {"date": _INSTANT, "number": _VERSION, "summary": _TEXT},
    "product_tree": {},
    "product_tree.full_product_names[]": _PRODUCT,
    "product_tree.product_groups[]": {"group_id": _TEXT},
    "product_tree.relationships[]": {
        "category": "(?:default|external|optional)_component_of|installed_(?:on|with)",
        "product_reference": _TEXT,
        "relates_to_product_reference": _TEXT,
    },
    "product_tree.relationships[].full_product_name!": _PRODUCT,
    "vulnerabilities[]": {"title?": _TEXT},
    "vulnerabilities[].cwe": {"id": r"CWE-[1-9]\d{0,5}", "name": _TEXT},
    "vulnerabilities[].flags[]": {
        "label": "component_not_present|inline_mitigations_already_exist|vulnerable_code_not_present|"
        "vulnerable_code_(?:cannot_be_controlled_by_adversary|not_in_execute_path)"
    },
    "vulnerabilities[].ids[]": {"system_name": _TEXT, "text": _TEXT},
    "vulnerabilities[].notes[]": _NOTE,
    "vulnerabilities[].product_status": {},
    "vulnerabilities[].references[]": _REFERENCE,
    "vulnerabilities[].remediations[]": {
        "category": "mitigation|no_fix_planned|none_available|vendor_fix|workaround",
        "details": _TEXT,
        "date?": _INSTANT,
        "url?": _URI,
    },
    "vulnerabilities[].scores[]": {},
    "vulnerabilities[].scores[].cvss_v2": {"vectorString": _TEXT},
    "vulnerabilities[].scores[].cvss_v3": {"vectorString": _TEXT},
    "vulnerabilities[].threats[]": {"category": "exploit_status|impact|target_set", "details": _TEXT},
}
_IDS = (  # lists of product or group ids: where, their name, and whether each holder must have one
    ("product_tree.product_groups[]", "product_ids", True),
    ("vulnerabilities[].scores[]", "products", True),
    *(
        (f"vulnerabilities[].{part}[]", ids, False)
        for part in ("flags", "remediations", "threats")
        for ids in ("group_ids", "product_ids")
    ),
)


def require_schema(document: dict[str, Any]) -> None:
    """Raise `UnreadableError` with the first thing in which a parsed document breaks the schema."""
    for path, members in _PARTS.items():
        for place, holder in _places(document, path):
            _require_members(place, holder, members)
    for path, name, compulsory in _IDS:
        for place, holder in _places(document, path):
            if compulsory or name in holder:
                _require_texts(f"{place}.{name}", holder.get(name))
    for place, statuses in _places(document, "vulnerabilities[].product_status"):
        for status, ids in statuses.items():
            if status not in _STATUSES:
                raise _broken(f"{place}.{status}", "is not one of the schema's")
            _require_texts(f"{place}.{status}", ids)
    _require_branches(text.mapping(document.get("product_tree")))


def _places(document: dict[str, Any], path: str) -> Iterator[Place]:
    """Yield the objects that stand at a path; raises `UnreadableError` where something else does."""
    compulsory = path.endswith("!")
    steps = path.removesuffix("!").split(".")
    places: list[Place] = [("", document)]
    for step in steps:
        name, is_list, _ = step.partition("[]")
        last = compulsory and step is steps[-1]
        places = [
            found for place, holder in places for found in _children(place, holder, name, bool(is_list), last)
        ]
    yield from places


def _children(place: str, holder: Any, name: str, is_list: bool, compulsory: bool) -> Iterator[Place]:
    """Yield the object that a member holds, or each of its list."""
    where = f"{place}.{name}".lstrip(".")
    if name not in holder:
        if compulsory:
            raise _broken(where, "is missing")
        return
    value = holder[name]
    if is_list and not (isinstance(value, list) and value):
        raise _broken(where, "is not a list with an item")
    children = (
        [(f"{where}[{number}]", one) for number, one in enumerate(value)] if is_list else [(where, value)]
    )
    for child, one in children:
        if not isinstance(one, dict) or not one:
            raise _broken(child, "is not an object with a member")
        yield child, one


def _require_members(place: str, holder: dict[str, Any], members: dict[str, str]) -> None:
    for member, pattern in members.items():
        name = member.removesuffix("?")
        if name not in holder:
            if name == member:
                raise _broken(f"{place}.{name}", "is missing")
            continue
        value = holder[name]
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _broken(f"{place}.{name}", f"cannot be {str(value)[:40]!r}")


def _require_texts(place: str, value: object) -> None:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise _broken(place, "is not a list of texts with an item")


def _require_branches(tree: dict[str, Any]) -> None:
    """Check the branches of a product tree, without recursion, as depth is the sender's."""
    waiting: list[Place] = [("product_tree", tree)] if "branches" in tree else []
    while waiting:
        above, holder = waiting.pop()
        for place, branch in _children(above, holder, "branches", True, True):
            _require_members(place, branch, {"category": _BRANCH, "name": _TEXT})
            if ("branches" in branch) == ("product" in branch):
                raise _broken(place, "has not either branches or a product")
            if "branches" in branch:
                waiting.append((place, branch))
            for product_place, product in _children(place, branch, "product", False, False):
                _require_members(product_place, product, _PRODUCT)


def _broken(place: str, problem: str) -> UnreadableError:
    return UnreadableError(f"not a CSAF 2.0 document (§ 3.2): {place} {problem}")
