"""Read an inventory from a bill of materials: CycloneDX 1.x in JSON or XML, SPDX 2.x in JSON or tag-value.

Of a component are kept vendor (supplier, manufacturer or publisher; a group is a name space), name, version, CPE and package URL.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError, XMLParser

import orjson

from checking.assets import Asset, Fault, Inventory
from records import UnreadableError

DEEPEST = 100  # components within components, elements within elements
_ACTOR = re.compile(r"^(?:Organization|Person|Tool):\s*|\s*\([^)]*@[^)]*\)$")
_TAG = re.compile(r"^([A-Za-z]+):\s*(.*)$")
_EXTERNAL = re.compile(r"^\S+\s+(cpe23Type|cpe22Type|purl)\s+(\S+)")
NO_VALUE = ("NOASSERTION", "NONE")

Json = dict[str, object]


def read_json(body: bytes) -> Inventory:
    """Return the assets of a bill in JSON; raises `UnreadableError` where it is none of those known."""
    try:
        bill = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"is no JSON that can be read: {error}") from error
    if not isinstance(bill, dict):
        bill = {}
    if bill.get("bomFormat") == "CycloneDX" or isinstance(bill.get("components"), list):
        return _inventory("cyclonedx", (_of_component(one) for one in _components(bill)))
    if isinstance(bill.get("packages"), list):
        return _inventory("spdx", (_of_package(one) for one in _mappings(bill["packages"])))
    raise UnreadableError(
        "is JSON, but neither CycloneDX nor SPDX 2: it has no list of components or packages; save as CSV"
    )


def _inventory(form: str, rows: Iterator[dict[str, str]]) -> Inventory:
    assets, faults = [], []
    for place, row in enumerate(rows, start=1):
        if row["product"] or row["cpe"] or row["purl"]:
            assets.append(
                Asset(place, "", row["vendor"], row["product"], row["version"], row["cpe"], row["purl"])
            )
        else:
            faults.append(Fault(place, "is a component without name, CPE and package URL"))
    return Inventory(form, tuple(assets), tuple(faults))


def _row(vendor: str, product: str, version: str, cpe: str, purl: str) -> dict[str, str]:
    values = {"vendor": vendor, "product": product, "version": version, "cpe": cpe, "purl": purl}
    return {key: "" if value in NO_VALUE else " ".join(value.split()) for key, value in values.items()}


def _components(bill: Json) -> Iterator[Json]:
    """Yield the components of a CycloneDX bill, its subject first, each before those within it."""
    metadata = bill.get("metadata")
    subject = metadata.get("component") if isinstance(metadata, dict) else None
    left = [(one, 0) for one in reversed([*_mappings([subject]), *_mappings(bill.get("components"))])]
    while left:
        component, depth = left.pop()
        yield component
        if depth < DEEPEST:
            within = list(_mappings(component.get("components")))
            left.extend((one, depth + 1) for one in reversed(within))


def _of_component(component: Json) -> dict[str, str]:
    actors = (component.get("supplier"), component.get("manufacturer"))
    named = (_text(one.get("name")) for one in actors if isinstance(one, dict))
    vendor = next(filter(None, (*named, _text(component.get("publisher")))), "")
    name, version = _text(component.get("name")), _text(component.get("version"))
    return _row(vendor, name, version, _text(component.get("cpe")), _text(component.get("purl")))


def _of_package(package: Json) -> dict[str, str]:
    found = {"cpe": "", "purl": ""}
    for one in _mappings(package.get("externalRefs")):
        kind = "purl" if one.get("referenceType") == "purl" else "cpe"
        if one.get("referenceType") in ("cpe23Type", "cpe22Type", "purl"):
            found[kind] = found[kind] or _text(one.get("referenceLocator"))
    vendor = _ACTOR.sub("", _text(package.get("supplier")))
    return _row(vendor, _text(package.get("name")), _text(package.get("versionInfo")), **found)


def read_tags(text: str) -> Inventory:
    """Return the assets of an SPDX 2.x bill in tag-value form."""
    return _inventory("spdx", _tagged(text))


def _tagged(text: str) -> Iterator[dict[str, str]]:
    package: dict[str, str] | None = None
    for line in text.splitlines():
        found = _TAG.match(line)
        tag, value = (found[1], found[2].strip()) if found else ("", "")
        if tag == "PackageName":
            if package is not None:
                yield _row(**package)
            package = {"vendor": "", "product": value, "version": "", "cpe": "", "purl": ""}
        elif package is None:
            continue
        elif tag == "PackageVersion":
            package["version"] = value
        elif tag == "PackageSupplier":
            package["vendor"] = _ACTOR.sub("", value)
        elif tag == "ExternalRef" and (reference := _EXTERNAL.match(value)):
            kind = "purl" if reference[1] == "purl" else "cpe"
            package[kind] = package[kind] or reference[2]
    if package is not None:
        yield _row(**package)


def read_xml(body: bytes) -> Inventory:
    """Return the assets of a CycloneDX bill in XML.

    Raises `UnreadableError` where it is none, and for any document type: no entity is ever expanded.
    """
    bill = _Bill()
    parser = XMLParser(target=bill)
    try:
        parser.feed(body)
        parser.close()
    except ParseError as error:
        raise UnreadableError(f"is no XML that can be read: {error}") from error
    if not bill.is_cyclonedx:
        raise UnreadableError("is XML, but not CycloneDX; save the inventory as CSV")
    return _inventory("cyclonedx", iter([_row(**row) for row in bill.rows]))


class _Bill:
    """Gathers the components of a CycloneDX document while it is parsed, in their order."""

    def __init__(self) -> None:
        self.is_cyclonedx = False
        self.rows: list[dict[str, str]] = []
        self.path: list[str] = []
        self.open: list[dict[str, str]] = []  # the components around the place that is read
        self.text: list[str] = []

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuse what could define entities."""
        raise UnreadableError("has a document type (DOCTYPE), which no bill of materials needs; remove it")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        name = tag.rpartition("}")[2]
        if not self.path:
            self.is_cyclonedx = name == "bom" and "cyclonedx" in tag.lower()
        self.path.append(name)
        if len(self.path) > DEEPEST * 2:
            raise UnreadableError(f"has elements {DEEPEST * 2} deep in others; flatten the bill")
        if name == "component":
            row = {"vendor": "", "product": "", "version": "", "cpe": "", "purl": ""}
            self.rows.append(row)
            self.open.append(row)
        self.text = []

    def data(self, text: str) -> None:
        """Take text."""
        self.text.append(text)

    def end(self, tag: str) -> None:
        """End an element."""
        name, parent = self.path.pop(), self.path[-1] if self.path else ""
        value, self.text = "".join(self.text).strip(), []
        if name == "component":
            self.open.pop()
        elif self.open and parent == "component":
            self._take(name, value)
        elif self.open and name == "name" and parent in ("supplier", "manufacturer"):
            self.open[-1]["vendor"] = value

    def _take(self, name: str, value: str) -> None:
        row = self.open[-1]
        if name == "publisher":
            row["vendor"] = row["vendor"] or value
        elif name in ("version", "cpe", "purl"):
            row[name] = value
        elif name == "name":
            row["product"] = value


def _mappings(value: object) -> Iterator[Json]:
    yield from (one for one in (value if isinstance(value, list) else []) if isinstance(one, dict))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
