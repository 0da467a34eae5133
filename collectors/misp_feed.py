"""Read a MISP feed: a `manifest.json` that names events, and one `<uuid>.json` for each of them.

Format: MISP core format (draft-dulaunoy-misp-core-format) and its feed layout. `source.url` is the
manifest. What an event says is read by `collectors.misp`.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from collectors import text
from collectors.misp import UUID, read_event
from records import Document, Provenance, Record, Rejected, Request, Source, Start, UnreadableError

COMPLETE = True
LISTS_ALL = True
OPTIONS: dict[str, str] = {}


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the manifest."""
    return [Request(source.url, accept="application/json")]


def follow(source: Source, document: Document) -> list[Request]:
    """Return the address of each event of the manifest, marked with the event's timestamp.

    A name that is not a UUID leads nowhere; `normalise` rejects it.
    """
    if document.url != source.url:
        return []
    return [
        Request(urljoin(source.url, f"{name}.json"), _marker(entry), accept="application/json")
        for name, entry in _manifest(text.json_value(document.body)).items()
        if UUID.fullmatch(name)
    ]


def normalise(source: Source, document: Document) -> Iterator[Record | Rejected]:
    """Yield the indicators and sightings of an event; events themselves are not records.

    Of the manifest, yield a `Rejected` for each event that cannot be asked for. A source whose
    address is a single event instead of a manifest is read as that event.
    """
    value = text.json_value(document.body)
    if document.url == source.url and not _holds_event(value):
        for name in _manifest(value):
            if not UUID.fullmatch(name):
                reason = "the manifest names an event that is not a UUID"
                yield Rejected(source.id, document.url, name[:80], reason)
        return
    provenance = Provenance(source.id, document.url, document.digest, document.received_at)
    for event in _events(value):
        if isinstance(event, dict):
            yield from read_event(source, provenance, event)
        else:
            yield Rejected(source.id, document.url, "", "an event is not a JSON object")


def _holds_event(value: Any) -> bool:
    keys = value if isinstance(value, dict) else ()
    return isinstance(value, list) or any(key in keys for key in ("Event", "response", "Attribute"))


def _manifest(value: Any) -> dict[str, Any]:
    """Return the manifest's entries by name; none where the document is an event."""
    if _holds_event(value):
        return {}
    if not isinstance(value, dict):
        raise UnreadableError("the document is JSON, but not a MISP manifest: an object of events by UUID")
    return value


def _marker(entry: Any) -> str | None:
    stamp = entry.get("timestamp") if isinstance(entry, dict) else None
    return str(stamp) if isinstance(stamp, int | str) else None


def _events(value: Any) -> list[Any]:
    """Take the events out of their wrappers: `Event`, `response`, a list, or none at all."""
    if isinstance(value, dict) and "response" in value:
        value = value["response"]
    wrapped = value if isinstance(value, list) else [value]
    events = [item["Event"] if isinstance(item, dict) and "Event" in item else item for item in wrapped]
    if not any(isinstance(event, dict) and ("uuid" in event or "Attribute" in event) for event in events):
        raise UnreadableError("the document is JSON, but holds no MISP event")
    return events
