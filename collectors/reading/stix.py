"""Read STIX objects, of version 2.0 and 2.1: what each type of object becomes here.

| object | becomes |
|---|---|
| indicator | an `Indicator`, or several where its pattern is a choice of values |
| vulnerability | a `Vulnerability` |
| report | an `Advisory` |
| sighting of an indicator | a `Sighting` |
| malware, threat actor, intrusion set, campaign, tool, identity | labels of reports and indicators that refer to it |
| relationship `indicates`, marking definition | labels and markings |
| any other | nothing: counted as `LeftOut` |

Objects are read as plain dictionaries, because library objects are too slow in bulk (decision 0013); a
test proves the reading equal to stix2's.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from collectors.reading import text
from collectors.reading.stix_markings import read_markings
from collectors.reading.stix_records import (
    Reading,
    read_indicator,
    read_report,
    read_sighting,
    read_vulnerability,
)
from collectors.reading.stix_relations import Relations, is_indication, read_relations
from records import Finding, LeftOut, Provenance, Rejected, Source

MAX_SORTS = 200  # types that are counted by their names

_READ = {
    "indicator": read_indicator,
    "report": read_report,
    "sighting": read_sighting,
    "vulnerability": read_vulnerability,
}
_TYPE = re.compile(r"[a-z0-9-]{1,100}")


def read_objects(source: Source, provenance: Provenance, objects: list[Any]) -> Iterator[Finding]:
    """Yield the records of the objects of one document; of several versions of one, the newest.

    Last comes a `LeftOut` for each type that is not kept. A revoked vulnerability or sighting, and a
    sighting of what is not one indicator of ours, are counted among them.
    """
    stated = text.mappings(objects)
    items, markings = _newest(stated), read_markings(stated, source.tlp)
    reading = Reading(source, provenance, markings, read_relations(items, markings))
    left: Counter[str] = Counter()
    items.sort(key=lambda item: item.get("type") == "sighting")  # after what was seen
    for item in items:
        kind = text.string(item.get("type"))
        if kind in _READ:
            for found in _read(reading, kind, item):
                if isinstance(found, LeftOut):
                    left[found.what] += found.count
                else:
                    yield found
        elif not _is_context(reading.relations, kind, item):
            left[_sort(kind, left)] += 1
    if broken := len(objects) - len(stated):
        yield Rejected(
            source.id, provenance.url, "", f"objects of the document that are not JSON objects: {broken}"
        )
    yield from (LeftOut(sort, count) for sort, count in left.items())


def _read(reading: Reading, kind: str, item: dict[str, Any]) -> list[Finding]:
    """Return what one object says, or why it cannot be read."""
    name = text.string(item.get("id"))
    try:
        if not name.startswith(f"{kind}--") or len(name) > text.MAX_IDENTIFIER:
            raise ValueError(f"{kind}: the object has no valid id")
        return _READ[kind](reading, item)
    except ValueError as error:
        return [Rejected(reading.source.id, reading.provenance.url, name[:80], str(error))]


def _is_context(relations: Relations, kind: str, item: dict[str, Any]) -> bool:
    """Whether an object is no record, but told in those that are."""
    told = kind == "marking-definition" or is_indication(item)
    return told or text.string(item.get("id")) in relations.used


def _newest(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects, of several versions (STIX 2.1 § 3.6) only the last modified."""
    kept: dict[str | int, dict[str, Any]] = {}
    for place, item in enumerate(items):
        name = item.get("id")
        key = name if isinstance(name, str) and name else place
        if key not in kept or _modified(kept[key]) <= _modified(item):
            kept[key] = item
    return list(kept.values())


def _modified(item: dict[str, Any]) -> str:
    """Return when an object was modified, in a form that sorts whatever its fraction of a second."""
    return text.string(item.get("modified")).rstrip("Zz")


def _sort(kind: str, left: Counter[str]) -> str:
    """Return the name under which a type that is not kept is counted."""
    name = kind if _TYPE.fullmatch(kind) else "unnamed type"
    return name if name in left or len(left) < MAX_SORTS else "other types"
