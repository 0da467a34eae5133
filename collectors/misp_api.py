"""Read a MISP server by its REST API: the published events, then those published anew.

`source.url` is the server's own address; the key is `authorization` in `fetch.credentials`. Events are
searched (`POST /events/restSearch`) by the instant of their publication, not by that of their last
edit: publishing leaves the latter as it is, and events that a server has from another keep theirs, so
that both would come too late to be seen. Every edit has to be published again.

Deleted attributes are asked for, and are withdrawals. What a search cannot tell: an event that was
deleted or unpublished, and sightings since its publication. While pages are read, an event that is
unpublished makes its page's successor begin one event later; that one is seen when it is published anew.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urldefrag

import orjson

from collectors.reading import text
from collectors.reading.misp import UUID
from collectors.reading.misp_event import OPTIONS as EVENT_OPTIONS
from collectors.reading.misp_event import check_options, read_event, unwrapped
from records import Document, Finding, Provenance, Rejected, Request, SettingsError, Source, Start

COMPLETE = False  # a page never names all that the server holds
LISTS_ALL = False
OPTIONS = {
    **EVENT_OPTIONS,
    "tags": 'tags of which an event must carry one, such as ["tlp:clear"]; "!tag" leaves events out',
    "limit": "events asked for at once, 1 to 1000; fewer where answers exceed max_megabytes",
}
LIMIT = 50


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the search for all that was published since the last run, its first page.

    Raises `SettingsError` where an option is not what it should be.
    """
    check_options(source)
    limit, tags = source.options.get("limit", LIMIT), source.options.get("tags", [])
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise SettingsError(f"options of {source.id}: limit is a whole number from 1 to 1000")
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag for tag in tags):
        raise SettingsError(f'options of {source.id}: tags is a list of tags, such as ["tlp:clear"]')
    return [_search(source, _count(start.state.cursor), 1)]


def follow(source: Source, document: Document) -> list[Request]:
    """Return the search's next page, none where this one is not full."""
    if len(_events(document)) < _limit(source):
        return []
    asked = dict(parse_qsl(urldefrag(document.url).fragment))
    return [_search(source, _count(asked.get("since")), _count(asked.get("page")) + 1)]


def cursor(source: Source, document: Document) -> str | None:
    """Return the last publication on a page as 12 digits (seconds since 1970), `None` where there is none.

    Never later than the page was received: a server whose clock is ahead, or that lies, hides nothing.
    The search is inclusive, so that of several events of one second none is lost.
    """
    published = [_count(text.mapping(event).get("publish_timestamp")) for event in _events(document)]
    last = min(max(published, default=0), int(document.received_at.timestamp()))
    return f"{last:012d}" if last > 0 else None


def normalise(source: Source, document: Document) -> Iterator[Finding]:
    """Yield what the events of a page hold, each under its own address on the server."""
    for event in _events(document):
        uuid = text.string(text.mapping(event).get("uuid"))
        if isinstance(event, dict) and UUID.fullmatch(uuid):
            url = f"{_server(source)}/events/view/{uuid}"
            provenance = Provenance(source.id, url, document.digest, document.received_at)
            yield from read_event(source, provenance, event, binding=True)
        else:
            reason = "an event is not a JSON object, or has no valid uuid"
            yield Rejected(source.id, document.url, uuid[:80], reason)


def _search(source: Source, since: int, page: int) -> Request:
    """Return the request for one page; its fragment, never sent, tells it apart and remembers the search."""
    body: dict[str, Any] = {
        "returnFormat": "json",
        "published": True,
        "deleted": [0, 1],
        "limit": _limit(source),
        "page": page,
    }
    if since:
        body["publish_timestamp"] = since
    if source.options.get("tags"):
        body["tags"] = source.options["tags"]
    address = f"{_server(source)}/events/restSearch#since={since}&page={page}"
    return Request(address, accept="application/json", body=orjson.dumps(body).decode(), once=True)


def _events(document: Document) -> list[Any]:
    """Return the events of a page, none where the search is at its end."""
    value = text.json_value(document.body)
    return [] if value in ([], {"response": []}) else unwrapped(value)


def _server(source: Source) -> str:
    return source.url.rstrip("/")


def _limit(source: Source) -> int:
    limit = source.options.get("limit", LIMIT)
    return limit if isinstance(limit, int) else LIMIT


def _count(value: object) -> int:
    """Return a whole number, as such or in digits; 0 for anything else."""
    digits = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else 0
