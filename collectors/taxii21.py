"""Read a TAXII 2.1 server: discovery, API roots, collections, and their objects page by page.

`source.url` may be any of the four. The option `collections` (ids, titles or aliases) restricts what
is read; without it, every collection that may be read is. What the objects say is read by
`collectors.stix`.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from collectors import text
from collectors.stix import read_objects
from records import Document, Provenance, Record, Rejected, Request, Source, Start, UnreadableError

COMPLETE = False  # one page never names all that a collection holds
LISTS_ALL = False
OPTIONS = {"collections": "ids, titles or aliases of the collections to read; by default all"}

ACCEPT = "application/taxii+json;version=2.1"


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the source's address, whichever of the four resources it is."""
    return [Request(source.url, accept=ACCEPT)]


def follow(source: Source, document: Document) -> list[Request]:
    """Return the next step: API roots (§ 4.1), collections (§ 4.2, § 5.1), objects, next page (§ 3.4)."""
    answer = _answer(document)
    if "api_roots" in answer:
        named = filter(None, map(text.string, text.items(answer["api_roots"])))
        addresses = [_below(root) for root in (_absolute(document.url, name) for name in named) if root]
    elif "collections" in answer:
        wanted = [item for item in _collections(answer) if _wanted(source, item)]
        addresses = [_below(document.url, f"{quote(item['id'], safe='')}/objects/") for item in wanted]
    elif "can_read" in answer:
        addresses = [_below(document.url, "objects/")] if answer["can_read"] is True else []
    elif "versions" in answer:
        addresses = [_below(document.url, "collections/")]
    else:
        addresses = _next_page(document.url, answer)
    return [Request(address, accept=ACCEPT) for address in addresses]


def normalise(source: Source, document: Document) -> Iterator[Record | Rejected]:
    """Yield the records of a page of objects; of a list of collections, what it lacks.

    A marking defined on another page is unknown here, and read as RED.
    """
    answer = _answer(document)
    if "collections" in answer:
        yield from _missing(source, document, answer)
    objects = answer.get("objects", [])
    if not isinstance(objects, list):
        raise UnreadableError("the objects of the TAXII answer are not a list")
    provenance = Provenance(source.id, document.url, document.digest, document.received_at)
    yield from read_objects(source, provenance, objects)
    if answer.get("more") is True and not _next_page(document.url, answer):
        reason = "the server says that there is more, but names no next page; later objects are not read"
        yield Rejected(source.id, document.url, "", reason)


def _answer(document: Document) -> dict[str, Any]:
    """Return the resource; an empty object is an empty page (§ 3.7)."""
    answer = text.json_value(document.body)
    known = ("api_roots", "collections", "can_read", "versions", "objects", "more")
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


def _missing(source: Source, document: Document, answer: dict[str, Any]) -> Iterator[Rejected]:
    """Name the chosen collections that the server does not offer, or not to us."""
    chosen = source.options.get("collections")
    offered = {name for item in _collections(answer) if item.get("can_read") is True for name in _names(item)}
    for name in chosen if isinstance(chosen, list) else []:
        if name not in offered:
            yield Rejected(source.id, document.url, name, "the server offers no such collection to read")


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
