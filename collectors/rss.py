"""Read feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any

import feedparser

from collectors.reading import language, markup, text
from collectors.reading.declarations import declaration_apart
from records import (
    Advisory,
    Document,
    Marking,
    Provenance,
    Rejected,
    Request,
    Source,
    Start,
    UnreadableError,
    record_id,
)

COMPLETE = False
LISTS_ALL = False
OPTIONS = {"category": "what its entries are: alert, advisory, news (the default) or bulletin"}
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json,"
    " application/xml;q=0.9, */*;q=0.5"
)
JSON_FEED = "https://jsonfeed.org/version/1"
MAX_ITEMS = 5_000  # of one feed, the first of it
MAX_TAG = 20_000  # bytes; feedparser's time grows with the square of the attributes in one tag

_CUT = ("no element found", "unclosed token", "unclosed CDATA section", "partial character")  # expat's words
_ENTRY_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_TAG = re.compile(rb"""<[a-z_:](?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+""", re.IGNORECASE)
_OLDEST = datetime.min.replace(tzinfo=UTC)


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the feed; raises `SettingsError` for a category there is not."""
    text.category(source)
    return [Request(source.url, accept=ACCEPT)]


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: a feed is one document."""
    return []


def normalise(source: Source, document: Document) -> Iterator[Advisory | Rejected]:
    """Yield one advisory for each entry, of the category that `options.category` names (default: news).

    Of two entries with one id the last edited is kept. An entry with neither id nor link is rejected:
    its title may change, so that it would be another one tomorrow. A feed that was cut gives its
    whole entries and one `Rejected`, so does one of more than `MAX_ITEMS`. Raises `UnreadableError` for
    what is no feed.
    """
    entries, cut = _entries(document)
    newest: dict[str, Advisory] = {}
    for entry in entries[:MAX_ITEMS]:
        advisory = _advisory(source, document, entry)
        if isinstance(advisory, Rejected):
            yield advisory
            continue
        kept = newest.get(advisory.native_id)
        if kept is None or _edited_at(advisory) > _edited_at(kept):
            newest[advisory.native_id] = advisory
    yield from newest.values()
    if cut:
        reason = f"the feed was cut, its whole entries were kept: line {cut}"
        yield Rejected(source.id, document.url, "", reason)
    if len(entries) > MAX_ITEMS:
        reason = f"the feed has {len(entries)} entries, only its first {MAX_ITEMS} were read"
        yield Rejected(source.id, document.url, "", reason)


def _entries(document: Document) -> tuple[list[Any], str]:
    """Return the entries of a feed in feedparser's terms, and where it was cut what the parser says."""
    if document.body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _json_entries(document.body), ""
    feed, cut = _parse(document)
    return feed["entries"], cut


def _json_entries(body: bytes) -> list[Any]:
    """Return the items of a JSON Feed 1.0 or 1.1, each as feedparser would give it."""
    feed = text.mapping(text.json_value(body))
    if not text.string(feed.get("version")).startswith(JSON_FEED):
        raise UnreadableError(f"the document is JSON, but its version is no {JSON_FEED}…")
    return [_json_entry(item) if isinstance(item, dict) else item for item in text.items(feed.get("items"))]


def _json_entry(item: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Feed item under feedparser's names; an id that is a number is read as its digits."""
    native_id = item.get("id")
    words = html.escape(text.string(item.get("content_text")), quote=False)
    content = text.string(item.get("content_html")) or words
    return {
        "id": str(native_id) if isinstance(native_id, int | float) else native_id,
        "link": text.string(item.get("url")) or text.string(item.get("external_url")),
        "title": html.escape(text.string(item.get("title")), quote=False),
        "summary": html.escape(text.string(item.get("summary")), quote=False),
        "content": [{"value": content}],
        "published": item.get("date_published"),
        "updated": item.get("date_modified"),
        "tags": [
            {"term": html.escape(text.string(tag), quote=False)} for tag in text.items(item.get("tags"))
        ],
    }


def _parse(document: Document) -> tuple[dict[str, Any], str]:
    """Return the parsed feed, and where it was cut what the XML parser says.

    A cut feed is read up to the end of its last whole entry, because the rest of an entry may be half
    of an address or of an identifier.
    """
    long = max((len(tag[0]) for tag in _TAG.finditer(document.body)), default=0)
    if long > MAX_TAG:
        raise UnreadableError(f"the document has a tag of {long} bytes, which no feed needs")
    body = declaration_apart(document.body)
    feed = _read(body)
    if not feed.get("version") and not feed["entries"]:
        raise UnreadableError(f"the document is {text.looks_like(document.body)}, not a feed")
    problem = str(feed.get("bozo_exception", "")).removeprefix("<unknown>:")
    if not any(words in problem for words in _CUT):
        return feed, ""
    ends = [found.end() for found in _ENTRY_END.finditer(body)]
    if not ends:
        raise UnreadableError(f"the feed was cut before the end of its first entry, at line {problem}")
    return _read(body[: ends[-1]]), problem


def _read(body: bytes) -> dict[str, Any]:
    """Parse bytes; feedparser would open bytes that happen to be a file's name, so it gets a stream.

    Raises `UnreadableError` where the parser itself fails: 6.0.14 does on a character reference beyond
    Unicode (`&#x110000;`), on `<georss:where>` outside an entry and on undecodable tags, among others.
    """
    try:
        parsed: dict[str, Any] = feedparser.parse(
            BytesIO(body), sanitize_html=False, resolve_relative_uris=False
        )
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise UnreadableError(f"the feed breaks its parser: {type(error).__name__}: {error}") from error
    return parsed


def _advisory(source: Source, document: Document, entry: dict[str, Any] | object) -> Advisory | Rejected:
    """Return what one entry says."""
    if not isinstance(entry, dict):
        return Rejected(source.id, document.url, "", f"an item is a {type(entry).__name__}, not an object")
    url = _url(document, entry)
    native_id = text.identifier(_string(entry, "id")) or text.identifier(url)
    if not native_id:
        title = text.line(_string(entry, "title"))[:80]
        return Rejected(source.id, document.url, "", f"the entry {title!r} has neither an id nor a link")
    summary = text.plain(_string(entry, "summary") or _content(entry))
    title = text.line(_string(entry, "title")) or summary.partition("\n")[0][:120] or native_id
    whole = _content(entry) or _string(entry, "summary")
    terms = (text.line(_string(tag, "term")) for tag in dict.get(entry, "tags") or ())
    return Advisory(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        category=text.category(source),
        title=title,
        url=url or source.homepage,
        language=language.detected(f"{title}\n{summary}", source.language),
        marking=Marking(source.tlp),
        provenance=Provenance(source.id, document.url, document.digest, document.received_at),
        summary=summary,
        body=markup.body(whole, url or document.url, summary),
        published_at=_instant(entry, "published"),
        updated_at=_instant(entry, "updated"),
        cves=text.cves(f"{title}\n{summary}"),
        labels=tuple(dict.fromkeys(filter(None, terms))),
    )


def _url(document: Document, entry: dict[str, Any]) -> str:
    """Return an entry's canonical link as seen from its feed, an empty text for none.

    RSS lets an id stand for the link; an id that is no whole address is not made into one.
    """
    address = _string(entry, "link")
    whole = address == _string(entry, "id")
    return text.canonical(address if whole else text.joined(document.url, address))


def _string(entry: dict[str, Any], key: str) -> str:
    """Return a text of an entry without feedparser's own fallbacks, such as published for updated."""
    return text.string(dict.get(entry, key))


def _content(entry: dict[str, Any]) -> str:
    """Return the whole text of an entry (Atom's content, RSS's content:encoded), empty where it has none."""
    return next((_string(part, "value") for part in dict.get(entry, "content") or ()), "")


def _instant(entry: dict[str, Any], key: str) -> datetime | None:
    """Return a date of an entry; ours first, because feedparser takes CEST for UTC and knows no French."""
    parsed = dict.get(entry, f"{key}_parsed")
    words = _string(entry, key)
    found = text.instant(words) or text.written_instant(words)
    if found or not isinstance(parsed, struct_time):
        return found
    try:
        return datetime(*parsed[:6], tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _edited_at(advisory: Advisory) -> datetime:
    """Return when an advisory was last edited, the beginning of time where nothing says."""
    return advisory.updated_at or advisory.published_at or _OLDEST
