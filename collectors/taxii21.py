"""Read a TAXII 2.1 server: discovery, API roots, collections, and what was added to them, page by page.

`source.url` may be any of the four. The option `collections` (ids, titles or aliases) restricts what
is read; without it, every collection that may be read is. What the objects say, of STIX 2.0 or 2.1, is
read by `collectors.reading.stix`.

After its first run a source asks only for what was added since, by the filter `added_after`. So it never sees
that an object was deleted, which STIX discourages: publishers revoke, and revoking is seen. Only a
reading from the beginning, without bookmark, could tell what a collection no longer holds.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from collectors.reading import text
from collectors.reading.stix import read_objects
from records import (
    Document,
    Finding,
    Provenance,
    Rejected,
    Request,
    SettingsError,
    Source,
    Start,
    UnreadableError,
)

COMPLETE = False  # one page never names all that a collection holds
LISTS_ALL = False
OPTIONS = {"collections": "ids, titles or aliases of the collections to read; by default all"}

ACCEPT = "application/taxii+json;version=2.1"
OVERLAP = timedelta(hours=1)
LISTINGS = ("api_roots", "collections", "can_read", "versions")  # what tells them from objects

_SINCE = "added_after"


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the source's address, whichever of the four resources it is.

    Its fragment, never sent, hands down from when on objects are asked for. Raises `SettingsError` where
    the option is not a list of names.
    """
    chosen = source.options.get("collections", [])
    if not isinstance(chosen, list) or not all(isinstance(name, str) and name for name in chosen):
        raise SettingsError(f'options of {source.id}: collections is a list of names, such as ["Indicators"]')
    parts = urlsplit(source.url)
    since = start.state.cursor or ""
    if parts.path.rstrip("/").endswith("/objects"):
        return [_request(_since(source.url, since))]
    return [_request(urlunsplit(parts._replace(fragment=f"{_SINCE}={since}" if since else "")))]


def follow(source: Source, document: Document) -> list[Request]:
    """Return the next step: API roots (§ 4.1), collections (§ 4.2, § 5.1), objects, next page (§ 3.4)."""
    answer, url = _answer(document), document.url
    fragment = urlsplit(url).fragment
    since = fragment.removeprefix(f"{_SINCE}=")
    if "api_roots" in answer:
        named = filter(None, map(text.string, text.items(answer["api_roots"])))
        roots = [_below(root) for root in (_absolute(url, name) for name in named) if root]
        addresses = [urlunsplit(urlsplit(root)._replace(fragment=fragment)) for root in roots]
    elif "collections" in answer:
        wanted = [item for item in _collections(answer) if _wanted(source, item)]
        addresses = [_since(_below(url, f"{quote(item['id'], safe='')}/objects/"), since) for item in wanted]
    elif "can_read" in answer:
        addresses = [_since(_below(url, "objects/"), since)] if answer["can_read"] is True else []
    elif "versions" in answer:
        addresses = [urlunsplit(urlsplit(_below(url, "collections/"))._replace(fragment=fragment))]
    else:
        addresses = _next_page(url, answer)
    return [_request(address) for address in addresses]


def cursor(source: Source, document: Document) -> str | None:
    """Return an hour before a page of objects was received, in RFC 3339; `None` for what is no such page.

    The hour is asked for again in the next run: what is added while a server writes it down, or while
    its clock is behind ours, would be missed otherwise (`added_after` excludes the instant itself).
    """
    if any(key in _answer(document) for key in LISTINGS):
        return None
    try:
        since = document.received_at - OVERLAP
    except OverflowError:
        return None
    return since.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def normalise(source: Source, document: Document) -> Iterator[Finding]:
    """Yield the records of a page of objects; of a list of collections, what it lacks.

    Their provenance is the collection's objects, whatever was asked for of them. A marking defined on
    another page is unknown here, and read as RED.
    """
    answer, address = _answer(document), _address(document)
    if "collections" in answer:
        yield from _missing(source, address, answer)
    objects = answer.get("objects", [])
    if not isinstance(objects, list):
        raise UnreadableError("the objects of the TAXII answer are not a list")
    provenance = Provenance(source.id, address, document.digest, document.received_at)
    yield from read_objects(source, provenance, objects)
    if answer.get("more") is True and not _next_page(document.url, answer):
        reason = "the server says that there is more, but names no next page; later objects are not read"
        yield Rejected(source.id, address, "", reason)


def _request(address: str) -> Request:
    """Return a request for a step: it is asked once, because what comes of it depends on the bookmark."""
    return Request(address, accept=ACCEPT, once=True)


def _address(document: Document) -> str:
    """Return the address of a resource without what was asked of it."""
    return urlunsplit(urlsplit(document.url)._replace(query="", fragment=""))


def _since(url: str, since: str) -> str:
    """Return the address of a collection's objects that were added after an instant, if there is one."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | ({_SINCE: since} if since else {})
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


def _answer(document: Document) -> dict[str, Any]:
    """Return the resource; an empty object is an empty page (§ 3.7)."""
    answer = text.json_value(document.body)
    known = (*LISTINGS, "objects", "more")
    if not isinstance(answer, dict) or (answer and not any(key in answer for key in known)):
        raise UnreadableError("the document is JSON, but not a TAXII 2.1 resource")
    return answer


def _collections(answer: dict[str, Any]) -> list[dict[str, Any]]:
    items = map(text.mapping, text.items(answer["collections"]))
    return [item for item in items if isinstance(item.get("id"), str)]


def _names(item: dict[str, Any]) -> set[str]:
    return {text.string(item.get(key)) for key in ("id", "title", "alias")}


def _wanted(source: Source, item: dict[str, Any]) -> bool:
    """Whether a collection may be read and is asked for."""
    chosen = source.options.get("collections")
    return item.get("can_read") is True and (
        not isinstance(chosen, list) or not _names(item).isdisjoint(chosen)
    )


def _missing(source: Source, address: str, answer: dict[str, Any]) -> Iterator[Rejected]:
    """Name the chosen collections that the server does not offer, or not to us."""
    chosen = source.options.get("collections")
    offered = {name for item in _collections(answer) if item.get("can_read") is True for name in _names(item)}
    for name in chosen if isinstance(chosen, list) else []:
        if name not in offered:
            yield Rejected(source.id, address, name, "the server offers no such collection to read")


def _next_page(url: str, answer: dict[str, Any]) -> list[str]:
    """Return the address of the next page (§ 3.4), none where this is the last or it names itself."""
    following = answer.get("next")
    if answer.get("more") is not True or not isinstance(following, str) or not following:
        return []
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if query.get("next") == following:
        return []
    return [urlunsplit(parts._replace(query=urlencode({**query, "next": following})))]


def _absolute(url: str, reference: str) -> str:
    """Return an API root's address, absolute or relative (§ 4.1.1), or nothing where it is none."""
    try:
        return text.link(urljoin(url, reference))
    except ValueError:
        return ""


def _below(url: str, path: str = "") -> str:
    """Return an address below a resource, whose own address ends in `/`; its query is left out."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/{path}", "", ""))
