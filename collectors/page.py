"""Read sites without a feed: a listing of notices and, where wanted, each notice's own page.

Where things stand on a page is said in the source file by CSS selectors (Selectors Level 3, and
`::text` and `::attr(name)` as parsel has them). A selector of an element means its text, for `link`
its `href`, for `date` its `datetime` where it has one.
"""

import html
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256

from cssselect import SelectorError
from parsel import Selector
from w3lib.encoding import html_to_unicode

from collectors.reading import language, markup, text
from records import (
    Advisory,
    Document,
    LeftOut,
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
from records.sources import OptionValue

COMPLETE = False
LISTS_ALL = False
OBEYS_ROBOTS = True
OPTIONS = {
    "item": "selector of one notice on the listing",
    "link": "selector of a notice's link within its item (default: a)",
    "title": "selector of a notice's title",
    "date": "selector of its date, as ISO 8601 or written out in French or English",
    "date_format": "how the date is written where it is neither, such as %d/%m/%Y (Python's strptime)",
    "summary": "selector of its summary",
    "content": "selector of a notice's text on its own page; then that page is read, and title, date and"
    " summary are looked for on it instead of in the item",
    "id": "regular expression whose first group is a notice's identifier in its address (default: all of it)",
    "next": "selector of the link to the next page of the listing",
    "pages": "how many pages of the listing are read, 1 (the default) to 6",
    "category": "what its notices are: alert, advisory, news (the default) or bulletin",
}
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
MAX_PAGES = 6
MAX_TAG = 8_000  # characters; libxml2's time grows with the square of the attributes in one tag

CHANGED = "the site has changed, and the option must follow"

warnings.filterwarnings("ignore", "Input data is too big", UserWarning)  # parsel's: it is cut, as wanted

_SELECTORS = ("item", "link", "title", "date", "summary", "content", "next")
_DEFAULTS: dict[str, OptionValue] = {"link": "a", "pages": 1}
_PAGE = "#page-"  # a fragment is never sent: it tells a further page of the listing from a notice
_BEFORE_DATE = re.compile(r"^\D*?(?=\d)")


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the listing; raises `SettingsError` for an option it cannot use."""
    for name in OPTIONS:
        try:
            _check(name, source.options.get(name, _DEFAULTS.get(name, "")))
        except (SelectorError, re.error, ValueError) as error:
            raise SettingsError(f"options of {source.id}: {name}: {error}") from error
    text.category(source)
    return [Request(source.url, accept=ACCEPT)]


def _check(name: str, value: OptionValue) -> None:
    """Raise `SelectorError`, `re.error` or `ValueError` for the value of an option that cannot be used."""
    if name == "pages":
        if type(value) is not int or not 1 <= value <= MAX_PAGES:
            raise ValueError(f"it must be 1 to {MAX_PAGES}, not {value!r}")
    elif not isinstance(value, str) or (not value and name in ("item", "title")):
        raise ValueError(f"it must be a text, not {value!r}: {OPTIONS[name]}")
    elif name == "id" and value and not re.compile(value).groups:
        raise ValueError(f"{value!r} has no group: put parentheses around what identifies a notice")
    elif name == "date_format":
        datetime.strptime(datetime(2001, 2, 3, 4, 5, 6).strftime(value), value)
    elif name in _SELECTORS and value:
        Selector(text="<p></p>").css(value)


def _option(source: Source, name: str) -> str:
    return str(source.options.get(name, _DEFAULTS.get(name, "")))


def follow(source: Source, document: Document) -> list[Request]:
    """Return the notices' own pages where they are wanted, and the next page of the listing.

    A notice is read again when its item says something else than before. Raises `UnreadableError`
    where the listing has no item.
    """
    number = _number(source, document)
    if not number:
        return []
    page = _read(document)
    requests = []
    for item, url in _items(source, document, page):
        if _option(source, "content") and url:
            said = text.plain(item.get()).encode("utf-8", "replace")
            requests.append(Request(url, sha256(said).hexdigest()[:16], ACCEPT))
    following = _link(source, page, _base(document, page), "next")
    if following and number < int(_option(source, "pages")):
        requests.append(Request(f"{following}{_PAGE}{number + 1}", accept=ACCEPT))
    return requests


def normalise(source: Source, document: Document) -> Iterator[Advisory | Rejected | LeftOut]:
    """Yield the notices of a listing, or the one on a notice's own page; each is known by its address.

    An item without link or title is rejected. A date that cannot be read is left out and counted.
    Raises `UnreadableError` where the listing has no item, or a notice's page no content: the site
    has changed, and the selectors must follow.
    """
    page = _read(document)
    base = _base(document, page)
    found: dict[str, Advisory] = {}
    for place, url in _places(source, document, page):
        advisory = _advisory(source, document, place, url, base)
        if isinstance(advisory, Rejected):
            yield advisory
            continue
        found.setdefault(advisory.native_id, advisory)
    yield from found.values()
    undated = sum(advisory.published_at is None for advisory in found.values())
    if undated and _option(source, "date"):
        yield LeftOut("unreadable-date", undated)


def _places(source: Source, document: Document, page: Selector) -> Iterator[tuple[Selector, str]]:
    """Yield where each notice stands, with its address; of a listing of leads, those without one."""
    content = _option(source, "content")
    if _number(source, document):
        for item, url in _items(source, document, page):
            if not (content and url):
                yield item, url
    elif content and page.css(content):
        yield page, text.canonical(document.url)
    else:
        raise UnreadableError(f"nothing on the page is {content!r} (the option content): {CHANGED}")


def _items(source: Source, document: Document, page: Selector) -> Iterator[tuple[Selector, str]]:
    """Yield the items of a listing, each with its address, empty where it leads nowhere else."""
    item = _option(source, "item")
    found, base, listing = page.css(item), _base(document, page), text.canonical(source.url)
    if not found:
        raise UnreadableError(f"nothing on the listing is {item!r} (the option item): {CHANGED}")
    for place in found:
        url = _link(source, place, base, "link")
        yield place, "" if url == listing else url


def _base(document: Document, page: Selector) -> str:
    """Return the address that the links of a page are relative to."""
    return text.joined(document.url, page.css("base::attr(href)").get("")) or document.url


def _link(source: Source, place: Selector, base: str, name: str) -> str:
    """Return the canonical address that a link leads to, an empty text for none."""
    return text.canonical(text.joined(base, _first(source, place, name, "href")))


def _advisory(
    source: Source, document: Document, place: Selector, url: str, base: str
) -> Advisory | Rejected:
    """Return what one notice says."""
    title = text.line(_first(source, place, "title"))
    found = re.search(pattern, url) if (pattern := _option(source, "id")) else None
    native_id = text.identifier((found[1] or "" if found else "") if pattern else url)
    for name, value in (("link", url), ("title", title), ("identifier (see the option id)", native_id)):
        if not value:
            said = (title or url or text.line(place.get()))[:80]
            return Rejected(source.id, document.url, url, f"the notice {said!r} has no {name}")
    whole = "\n".join(_all(source, place, "content")) or _first(source, place, "summary")
    summary = text.plain(_first(source, place, "summary") or whole)
    return Advisory(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        category=text.category(source),
        title=title,
        url=url,
        language=language.detected(f"{title}\n{summary}", source.language),
        marking=Marking(source.tlp),
        provenance=Provenance(source.id, document.url, document.digest, document.received_at),
        summary=summary,
        body=markup.body(whole, base, summary),
        published_at=_instant(source, _first(source, place, "date", "datetime")),
        cves=text.cves(f"{title}\n{text.plain(whole)}\n{summary}"),
    )


def _number(source: Source, document: Document) -> int:
    """Return which page of the listing a document is, from 1; 0 for a notice's own page."""
    if document.url == source.url:
        return 1
    number = document.url.rpartition(_PAGE)[2] if _PAGE in document.url else ""
    return int(number) if number.isdecimal() and len(number) == 1 else 0


def _read(document: Document) -> Selector:
    """Parse a page in the encoding it or its server declares (HTML Living Standard § 13.2.3)."""
    _, page = html_to_unicode(document.media_type, document.body)
    tamed = text.TAG.sub(_tamed, page.replace("\x00", ""))
    if not tamed.strip():
        raise UnreadableError("the document is empty")
    return Selector(text=tamed, type="html", huge_tree=False)  # no more than 255 elements deep


def _tamed(tag: re.Match[str]) -> str:
    """Return a tag as it is, without attributes where it is very long; nothing for a script or comment."""
    if not tag["name"]:
        return " "
    return tag[0] if len(tag[0]) <= MAX_TAG else f"<{tag['close']}{tag['name'][:20]}>"


def _first(source: Source, place: Selector, name: str, attribute: str = "") -> str:
    return next(_all(source, place, name, attribute), "")


def _all(source: Source, place: Selector, name: str, attribute: str = "") -> Iterator[str]:
    """Yield what an option's selector finds: an attribute's value where one is meant and there, else HTML."""
    selector = _option(source, name)
    for found in place.css(selector) if selector else ():
        if isinstance(found.root, str):
            yield found.root if attribute else html.escape(found.root, quote=False)
        else:
            # not `found.attrib`, which fails where another attribute has an impossible name
            yield (found.root.get(attribute) if attribute else "") or found.get()


def _instant(source: Source, markup: str) -> datetime | None:
    """Return a date that may have words before it (`Publié le`), `None` where it cannot be read."""
    words, written = text.line(markup), _option(source, "date_format")
    for part in (words, _BEFORE_DATE.sub("", words)):
        found = text.instant(part) or text.written_instant(part)
        with suppress(ValueError):
            found = found or (text.instant(datetime.strptime(part, written).isoformat()) if written else None)
        if found:
            return found
    return None
