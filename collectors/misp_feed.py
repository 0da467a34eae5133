"""Read a MISP feed: a `manifest.json` that names events, and one `<uuid>.json` for each of them.

Format: MISP core format (draft-dulaunoy-misp-core-format) and its feed layout. `source.url` is the
manifest. What an event says is read by `collectors.reading.misp_event`.

A feed's `hashes.csv` is not read. It lists MD5 of each value with its event, for servers that look
values up without fetching events; we fetch the events, and MD5 gives no value back. It cannot complete
the manifest either: one feed has none, another keeps the last month's only.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from collectors.reading import text
from collectors.reading.misp import UUID
from collectors.reading.misp_event import OPTIONS as EVENT_OPTIONS
from collectors.reading.misp_event import check_options, read_event, unwrapped
from records import Document, Finding, Provenance, Rejected, Request, Source, Start, UnreadableError

COMPLETE = True
LISTS_ALL = True
OPTIONS = EVENT_OPTIONS


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the manifest; raises `SettingsError` where an option is wrong."""
    check_options(source)
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


def normalise(source: Source, document: Document) -> Iterator[Finding]:
    """Yield the indicators and sightings of an event; the event itself where the option asks for it.

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
    for event in unwrapped(value):
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
