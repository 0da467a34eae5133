"""Read STIX objects: indicators, vulnerabilities and the markings they refer to.

Format: STIX 2.0 and 2.1. Objects are read as plain dictionaries, because library objects are too slow
in bulk (decision 0013); a test proves the reading equal to stix2's. Other types are left out silently.
"""

from collections.abc import Iterator
from typing import Any

from collectors import text
from collectors.stix_patterns import single_observable
from records import (
    PAP,
    TLP,
    Indicator,
    Marking,
    Provenance,
    Record,
    Rejected,
    Source,
    Vulnerability,
    parse_tags,
    record_id,
)

_TLP_2 = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_NOTHING, _UNKNOWN = Marking(), Marking(TLP.RED, PAP.CLEAR)

# The marking definitions that nobody may redefine: STIX 2.1 § 7.2.1.4, and the TLP 2.0 extension.
_STANDARD = {
    f"marking-definition--{uuid}": Marking(level)
    for uuid, level in {
        "613f2e26-407d-48c7-9eca-b8e91df99dc9": TLP.CLEAR,
        "34098fce-860f-48ae-8e50-ebd3cc5e41da": TLP.GREEN,
        "f88d31f6-486f-44da-b317-01333bde0b82": TLP.AMBER,
        "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": TLP.RED,
        "94868c89-83c2-464b-929b-a1a8aa3c8487": TLP.CLEAR,
        "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": TLP.GREEN,
        "55d920b0-5e8b-4f79-9ee9-91f868d9b421": TLP.AMBER,
        "939a9414-2ddd-4d32-a0cd-375ea402b003": TLP.AMBER_STRICT,
        "e828b379-4e03-4974-9ac4-e53a884c97c1": TLP.RED,
    }.items()
}


def read_objects(source: Source, provenance: Provenance, objects: list[Any]) -> Iterator[Record | Rejected]:
    """Yield the records of the objects of one document; of several versions of one, the newest.

    A marking that is neither standard nor defined among the objects is read as RED, and a granular
    marking as one of the whole object.
    """
    markings = _markings(objects)
    for item in _newest(objects):
        if not isinstance(item, dict):
            yield Rejected(source.id, provenance.url, "", "an object is not a JSON object")
        elif item.get("type") in ("indicator", "vulnerability"):
            read = _indicator if item["type"] == "indicator" else _vulnerability
            try:
                yield read(source, provenance, item, _marking(item, markings, source.tlp))
            except ValueError as error:
                yield Rejected(source.id, provenance.url, text.string(item.get("id"))[:80], str(error))


def _indicator(source: Source, provenance: Provenance, item: dict[str, Any], marking: Marking) -> Indicator:
    """Read an indicator (STIX 2.1 § 4.7); raises `ValueError` where it is not one observable."""
    native_id = text.string(item.get("id"))
    if not native_id.startswith("indicator--"):
        raise ValueError("an indicator has no valid id")
    if text.string(item.get("pattern_type") or "stix") != "stix":
        raise ValueError("the pattern is not a single observable: it is not a STIX pattern")
    labels = tuple(dict.fromkeys(_texts(item, "labels") + _texts(item, "indicator_types")))
    return Indicator(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        observable=single_observable(text.string(item.get("pattern"))),
        marking=marking,
        provenance=provenance,
        confidence=_confidence(item.get("confidence"), source.confidence),
        valid_from=text.instant(text.string(item.get("valid_from"))),
        valid_until=text.instant(text.string(item.get("valid_until"))),
        actionable="benign" not in labels,
        revoked=item.get("revoked") is True,
        description=text.plain(text.string(item.get("description")) or text.string(item.get("name"))),
        labels=labels,
    )


def _vulnerability(
    source: Source, provenance: Provenance, item: dict[str, Any], marking: Marking
) -> Vulnerability:
    """Read a vulnerability (STIX 2.1 § 4.18); raises `ValueError` where it names no CVE."""
    named = [
        text.string(reference.get("external_id"))
        for reference in map(text.mapping, text.items(item.get("external_references")))
        if reference.get("source_name") == "cve"
    ]
    cves = text.cves(" ".join([*named, text.string(item.get("name"))]))
    if not cves:
        raise ValueError("the vulnerability names no CVE")
    name = text.line(text.string(item.get("name")))
    return Vulnerability(
        id=record_id(source.id, cves[0]),
        source_id=source.id,
        cve=cves[0],
        provenance=provenance,
        marking=marking,
        name="" if name.upper() == cves[0] else name,
        description=text.plain(text.string(item.get("description"))),
    )


def _confidence(value: Any, otherwise: int) -> int:
    """Return a confidence as stated (STIX 2.1 § 3.2, Appendix A), or the source's where it is none."""
    return value if type(value) is int and 0 <= value <= 100 else otherwise


def _newest(objects: list[Any]) -> list[Any]:
    """Return the objects, of several versions (STIX 2.1 § 3.6) only the last modified."""
    kept: dict[str | int, Any] = {}
    for place, item in enumerate(objects):
        key = text.string(text.mapping(item).get("id")) or place
        if key not in kept or _modified(kept[key]) <= _modified(item):
            kept[key] = item
    return list(kept.values())


def _modified(item: Any) -> str:
    return text.string(text.mapping(item).get("modified"))


def _markings(objects: list[Any]) -> dict[str, Marking]:
    """Return the marking of each definition among the objects, and of the standard ones."""
    found = {
        text.string(item.get("id")): _definition(item)
        for item in objects
        if isinstance(item, dict) and item.get("type") == "marking-definition"
    }
    return found | _STANDARD


def _definition(item: dict[str, Any]) -> Marking:
    """Read what a marking definition asks for; a mere statement, such as a copyright, asks for nothing.

    Some platforms write TLP:AMBER+STRICT and PAP as a statement, or only in a name.
    """
    definition, extensions = text.mapping(item.get("definition")), text.mapping(item.get("extensions"))
    level = text.string(definition.get("tlp")) or text.string(
        text.mapping(extensions.get(_TLP_2)).get("tlp_2_0")
    )
    words = [item.get("name"), item.get("x_opencti_definition"), definition.get("statement")]
    tags = [f"tlp:{level}"] if level else []
    tags += [word for word in map(text.string, words) if word[:4].lower() in ("tlp:", "pap:")]
    if tags:
        return parse_tags(tags, least=_NOTHING)
    return _NOTHING if item.get("definition_type") == "statement" else _UNKNOWN


def _marking(item: dict[str, Any], markings: dict[str, Marking], least: TLP) -> Marking:
    """Return the strictest of all markings an object refers to."""
    stated = item.get("object_marking_refs", [])
    references = [text.string(one) for one in (stated if isinstance(stated, list) else [stated])]
    references += [
        text.string(part.get("marking_ref"))
        for part in map(text.mapping, text.items(item.get("granular_markings")))
        if "lang" not in part
    ]
    said = [Marking(least), *(markings.get(reference, _UNKNOWN) for reference in references)]
    return Marking(max(one.tlp for one in said), max(one.pap for one in said))


def _texts(item: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return the texts of a list, cleaned, empty ones left out."""
    return tuple(filter(None, (text.line(text.string(value)) for value in text.items(item.get(key)))))
