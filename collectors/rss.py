"""Read feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import feedparser

from collectors import text
from records import (
    Advisory,
    Category,
    Document,
    Marking,
    Provenance,
    Rejected,
    Request,
    SettingsError,
    Source,
    Start,
    UnreadableError,
    record_id,
)

COMPLETE = False
LISTS_ALL = False
OPTIONS = {"category": "what its entries are: alert, advisory, news (the default) or bulletin"}
ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"

_CUT = ("no element found", "unclosed token", "unclosed CDATA section", "partial character")  # expat's words
_ENTRY_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_OLDEST = datetime.min.replace(tzinfo=UTC)


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the feed; raises `SettingsError` for a category there is not."""
    _category(source)
    return [Request(source.url, accept=ACCEPT)]


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: a feed is one document."""
    return []


def normalise(source: Source, document: Document) -> Iterator[Advisory | Rejected]:
    """Yield one advisory for each entry, of the category that `options.category` names (default: news).

    Of two entries with one id the last edited is kept. An entry with neither id nor link is rejected:
    its title may change, so that it would be another one tomorrow. A feed that was cut gives its
    whole entries and one `Rejected`. Raises `UnreadableError` for what is no feed.
    """
    category = _category(source)
    feed, cut = _parse(document)
    newest: dict[str, Advisory] = {}
    for entry in feed["entries"]:
        advisory = _advisory(source, document, category, entry)
        if isinstance(advisory, Rejected):
            yield advisory
            continue
        kept = newest.get(advisory.native_id)
        if kept is None or _edited_at(advisory) > _edited_at(kept):
            newest[advisory.native_id] = advisory
    yield from newest.values()
    if cut:
        yield Rejected(
            source.id, document.url, "", f"the feed was cut, its whole entries were kept: line {cut}"
        )


def _category(source: Source) -> Category:
    name = source.options.get("category", Category.NEWS)
    if name not in list(Category):
        known = ", ".join(Category)
        raise SettingsError(f"options of {source.id}: category {name!r} is none of {known}")
    return Category(str(name))


def _parse(document: Document) -> tuple[dict[str, Any], str]:
    """Return the parsed feed, and where it was cut what the XML parser says.

    A cut feed is read up to the end of its last whole entry, because the rest of an entry may be half
    of an address or of an identifier.
    """
    feed = _read(document.body)
    if not feed.get("version") and not feed["entries"]:
        raise UnreadableError(f"the document is {text.looks_like(document.body)}, not a feed")
    problem = str(feed.get("bozo_exception", "")).removeprefix("<unknown>:")
    if not any(words in problem for words in _CUT):
        return feed, ""
    ends = [found.end() for found in _ENTRY_END.finditer(document.body)]
    if not ends:
        raise UnreadableError(f"the feed was cut before the end of its first entry, at line {problem}")
    return _read(document.body[: ends[-1]]), problem


def _read(body: bytes) -> dict[str, Any]:
    """Parse bytes; feedparser would open bytes that happen to be a file's name, so it gets a stream.

    Raises `UnreadableError` where the parser itself fails: 6.0.14 does on a character reference beyond
    Unicode (`&#x110000;`), on `<georss:where>` outside an entry and on undecodable tags, among others.
    """
    try:
        parsed: dict[str, Any] = feedparser.parse(BytesIO(body), sanitize_html=False)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise UnreadableError(f"the feed breaks its parser: {type(error).__name__}: {error}") from error
    return parsed


def _advisory(
    source: Source, document: Document, category: Category, entry: dict[str, Any]
) -> Advisory | Rejected:
    """Return what one entry says."""
    url = _url(document, entry)
    native_id = "".join(filter(str.isprintable, _string(entry, "id"))).strip() or _canonical(url)
    if not native_id:
        title = text.line(_string(entry, "title"))[:80]
        return Rejected(source.id, document.url, "", f"the entry {title!r} has neither an id nor a link")
    summary = text.plain(_string(entry, "summary") or _content(entry))
    title = text.line(_string(entry, "title")) or summary.partition("\n")[0][:120] or native_id
    published_at, updated_at = _instant(entry, "published"), _instant(entry, "updated")
    terms = (text.line(_string(tag, "term")) for tag in dict.get(entry, "tags") or ())
    return Advisory(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        category=category,
        title=title,
        url=url or source.homepage,
        language=source.language,
        marking=Marking(source.tlp),
        provenance=Provenance(source.id, document.url, document.digest, document.received_at),
        summary=summary,
        published_at=published_at,
        updated_at=updated_at,
        cves=text.cves(f"{title}\n{summary}"),
        labels=tuple(dict.fromkeys(filter(None, terms))),
    )


def _url(document: Document, entry: dict[str, Any]) -> str:
    """Return an entry's link as seen from its feed, an empty text for none.

    RSS lets an id stand for the link; an id that is no whole address is not made into one.
    """
    address = _string(entry, "link")
    if address == _string(entry, "id"):
        return text.link(address)
    try:
        return text.link(urljoin(document.url, address)) if address else ""
    except ValueError:
        return ""


def _string(entry: dict[str, Any], key: str) -> str:
    """Return a text of an entry without feedparser's own fallbacks, such as published for updated."""
    return text.string(dict.get(entry, key))


def _content(entry: dict[str, Any]) -> str:
    """Return the body of an entry that has no summary (Atom's content, RSS's content:encoded)."""
    return next((_string(part, "value") for part in dict.get(entry, "content") or ()), "")


def _canonical(url: str) -> str:
    """Return an address without fragment and without the parameters that only count visits."""
    if not url:
        return ""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(name, value) for name, value in pairs if not name.lower().startswith("utm_")])
    return parts._replace(netloc=parts.netloc.lower(), query=query, fragment="").geturl()


def _instant(entry: dict[str, Any], key: str) -> datetime | None:
    """Return a date of an entry; ours first, because feedparser takes CEST for UTC and knows no French."""
    parsed = dict.get(entry, f"{key}_parsed")
    found = text.written_instant(_string(entry, key))
    if found or not isinstance(parsed, struct_time):
        return found
    try:
        return datetime(*parsed[:6], tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _edited_at(advisory: Advisory) -> datetime:
    """Return when an advisory was last edited, the beginning of time where nothing says."""
    return advisory.updated_at or advisory.published_at or _OLDEST
