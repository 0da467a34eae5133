"""Say which products and versions a notice, a CVE record, a CPE or a package URL speaks of, and how.

An inventory is matched against what this module returns: vendor, product, version ranges and status.
What a publisher says in a way that cannot be read stays as text in `said`; nothing is guessed, so a
product without ranges is one whose versions are not known, not one of which all versions are meant.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from enrichment.version_ranges import Range, product_and_ranges, ranges
from records import AffectedProduct


class Status(StrEnum):
    """What is said of a product: the four groups of CSAF 2.0 (§ 3.2.3.9) and VEX."""

    AFFECTED = "affected"
    FIXED = "fixed"
    NOT_AFFECTED = "not affected"
    UNDER_INVESTIGATION = "under investigation"


@dataclass(frozen=True, slots=True)
class ProductRange:
    """A product with its versions and what is said of them.

    `vendor` is empty where it is not known. `versions` are alternatives, empty where they are not known;
    `Range()` means all. `status` is `None` where none is said. `cpe` and `purl` are as published, empty
    where there is none; `said` is the publisher's own text, empty for a CVE record.
    """

    vendor: str
    product: str
    versions: tuple[Range, ...]
    status: Status | None
    cpe: str = ""
    purl: str = ""
    said: str = ""


_CSAF = {
    "first_affected": Status.AFFECTED,
    "known_affected": Status.AFFECTED,
    "last_affected": Status.AFFECTED,
    "first_fixed": Status.FIXED,
    "fixed": Status.FIXED,
    "known_not_affected": Status.NOT_AFFECTED,
    "under_investigation": Status.UNDER_INVESTIGATION,
}
_CVE = {"affected": Status.AFFECTED, "unaffected": Status.NOT_AFFECTED}
_NO_NAME = ("", "n/a", "multiple", "unspecified", "unknown", "various")
_ONE_VERSION = re.compile(r"(?=.*\d)[\w.+-]+")  # of a CSAF branch that is a version by its category
_FIX = re.compile(r" sans (?:le|les|la) (?:derniers?|correctifs?|mises? à jour)\b.*")
_COMMIT = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{7,40}")
_CPE_PART = re.compile(r"(?:\\.|[^:\\])+")
_PURL = re.compile(r"pkg:/*(?P<type>[a-z][a-z0-9.+-]*)/(?P<path>[^@?#]+)(?:@(?P<version>[^?#]+))?(?:[?#].*)?")


def from_affected(products: Sequence[AffectedProduct]) -> list[ProductRange]:
    """Return what an advisory says of its products, one for each, in its order, the same once.

    A status other than the four, such as CSAF's `recommended`, says nothing of being affected: none is
    kept. A product that is listed without status is affected, unless it is of a CSAF tree, where no
    vulnerability names it then.
    """
    return list(dict.fromkeys(_from_affected(one) for one in products))


def from_sentence(sentence: str, vendor: str = "") -> ProductRange:
    """Return the affected product of a line such as "FortiWeb versions 7.6.x antérieures à 7.6.4"."""
    product, versions = product_and_ranges(sentence)
    if not versions:
        product = _FIX.sub("", product)
    return ProductRange(_named(vendor), product, versions, Status.AFFECTED, said=sentence)


def from_cpe(cpe: str, status: Status | None = None) -> ProductRange:
    r"""Return the product of a CPE 2.3 name (NISTIR 7695 § 6.2, formatted string binding).

    Raises `ValueError` where it is none. `*` as version means all; `-`, no version, gives no range. Escapes
    (`\:`) are undone, and vendor and product have spaces in the place of `_`.
    """
    parts = _CPE_PART.findall(cpe.removeprefix("cpe:2.3:"))
    if not cpe.startswith("cpe:2.3:") or len(parts) != 11 or parts[0] not in ("a", "o", "h", "*"):
        raise ValueError(f"{cpe[:100]!r} is not a CPE 2.3 name: cpe:2.3:, a part (a, o, h), ten more parts")
    vendor, product, version, update = (re.sub(r"\\(.)", r"\1", part) for part in parts[1:5])
    versions: tuple[Range, ...] = (Range(),) if version == "*" else ()
    if version not in ("*", "-"):
        whole = version if update in ("*", "-") else f"{version} {update}"
        versions = (Range(whole, whole),)
    vendor, product = (name.replace("_", " ") for name in (vendor, product))
    return ProductRange(vendor.strip("*"), product, versions, status, cpe=cpe, said=cpe)


def from_purl(purl: str, status: Status | None = None) -> ProductRange:
    """Return the product of a package URL (ECMA-427): its namespace as vendor, name and version.

    Raises `ValueError` where it is none. Without a version there is no range; qualifiers and subpath stay
    in `purl` only.
    """
    found = _PURL.fullmatch(purl)
    path = [unquote(part) for part in found["path"].split("/") if part] if found else []
    if not found or not path:
        raise ValueError(f"{purl[:100]!r} is not a package URL: pkg:type/namespace/name@version")
    version = unquote(found["version"] or "")
    versions = (Range(version, version),) if version else ()
    return ProductRange("/".join(path[:-1]), path[-1], versions, status, purl=purl, said=purl)


def from_cve_record(affected: object) -> list[ProductRange]:
    """Return what a CVE record (CVE JSON 5, `containers.cna.affected` or an `adp`'s) says of products:
    one for each product and status.

    `affected` is parsed JSON; what has not the shape of the schema in it is passed over. Commits
    (`versionType` git) are no versions that an inventory knows: they give no range. A product whose
    default is "affected" has a row without range where only its exceptions are listed.
    """
    rows: list[ProductRange] = []
    for item in _mappings(affected):
        by_status = _cve_versions(item)
        default = _CVE.get(_text(item.get("defaultStatus")))
        if default is Status.AFFECTED and default not in by_status:
            by_status[default] = [] if by_status else [Range()]
        cpes = item.get("cpes")
        cpe = _text(cpes[0]) if isinstance(cpes, list) and cpes else ""
        product = _named(_text(item.get("product"))) or _named(_text(item.get("packageName")))
        for status, versions in by_status.items():
            if product:
                vendor = _named(_text(item.get("vendor")))
                rows.append(ProductRange(vendor, product, tuple(dict.fromkeys(versions)), status, cpe))
    return rows


def _from_affected(one: AffectedProduct) -> ProductRange:
    said = one.versions or one.name
    if one.branch:
        status = _CSAF.get(one.status)
        return ProductRange(_named(one.vendor), one.name, _stated(one.versions), status, said=said)
    status = _CSAF.get(one.status) if one.status else Status.AFFECTED
    whole = ranges(one.versions)
    if whole:
        return ProductRange(_named(one.vendor), one.name, whole, status, said=said)
    read = from_sentence(said, one.vendor)
    if read.versions or not one.versions:  # the product stands in the sentence, more exactly than in its name
        return ProductRange(read.vendor, read.product, read.versions, status, said=said)
    return ProductRange(read.vendor, one.name, _after_name(one), status, said=said)


def _stated(versions: str) -> tuple[Range, ...]:
    """Return the ranges of a CSAF branch, which is a version or a range of versions (§ 3.1.2.3.1)."""
    read = ranges(versions)
    return read or ((Range(versions, versions),) if _ONE_VERSION.fullmatch(versions) else ())


def _after_name(one: AffectedProduct) -> tuple[Range, ...]:
    """Return the versions of a sentence that is a product's name and a version: "Windows 7"."""
    rest = one.versions.removeprefix(one.vendor).lstrip()
    return ranges(rest.removeprefix(one.name)) if rest.startswith(f"{one.name} ") else ()


def _cve_versions(item: dict[str, object]) -> dict[Status, list[Range]]:
    """Return the ranges of one product of a CVE record by status."""
    found: dict[Status, list[Range]] = {}
    for version in _mappings(item.get("versions")):
        status = _CVE.get(_text(version.get("status")))
        if status is not None:
            read = () if version.get("versionType") == "git" else _cve_ranges(version)
            found.setdefault(status, []).extend(read)
    return found


def _cve_ranges(version: dict[str, object]) -> tuple[Range, ...]:
    """Return the ranges of one entry: a version, up to `lessThan` or `lessThanOrEqual` where it has one.

    The schema gives "0" and "unspecified" for no lower end, `*` for no upper one.
    """
    low = _text(version.get("version"))
    below, up_to = _text(version.get("lessThan")), _text(version.get("lessThanOrEqual"))
    if not (below or up_to):
        return ranges(low)
    if _COMMIT.fullmatch(low) or _COMMIT.fullmatch(below or up_to):
        return ()
    start = "" if low.lower() in ("0", "*", *_NO_NAME) else low
    high = re.sub(r"\.?\*$", lambda star: ".x" if star[0] == ".*" else "", below or up_to)
    return (Range(start, high, True, not below),)


def _named(name: str) -> str:
    """Return a name, an empty text for what stands for none."""
    return "" if name.strip().lower() in _NO_NAME else name.strip()


def _mappings(value: object) -> Iterator[dict[str, object]]:
    yield from (one for one in (value if isinstance(value, list) else []) if isinstance(one, dict))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
