"""Turn what publishers write into plain text, safe links and aware instants: once, here."""

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from records import Category, SettingsError, Source, UnreadableError

MAX_CVES = 5_000  # of one notice; the longest known names 1 924
MAX_IDENTIFIER = 500  # characters; a longer one is kept as its hash
MAX_LINE, MAX_TEXT = 1_000, 100_000  # characters; what is longer is cut, with an ellipsis

# Tags, comments and declarations as a browser's tokeniser sees them (HTML Living Standard § 13.2.5), a
# script or style with what is in it. Possessive throughout: every character is looked at once, where the
# tree builders we measured (nh3 0.3.8, libxml2 2.14) took 8 s and more for one hostile megabyte.
ATTRIBUTE = re.compile(
    r"""[\s/]*+(?P<attribute>[^\s/>][^\s/>=]*+)"""
    r"""(?:\s*+=\s*+(?P<value>"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+"""
)
_ATTRIBUTES = rf"(?:{re.sub(r'[?]P<[a-z]+>', '?:', ATTRIBUTE.pattern)})*+[\s/]*+(?:>|\Z)"
TAG = re.compile(
    rf"<(?P<raw>script|style)(?=[\s/>]){_ATTRIBUTES}.*?(?:</(?P=raw)(?=[\s/>])[^>]*+(?:>|\Z)|\Z)"
    rf"|<(?P<close>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})"
    r"|<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?/][^>]*+(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody"
    " td tfoot th thead tr ul"
)
BLOCKS = frozenset(_BLOCK_NAMES.split())

_CELLS = frozenset({"td", "th"})
_FAR_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{7,});?", re.IGNORECASE)  # `int` refuses 4 300 digits
_COUNTERS = (  # parameters that mailing and advertising tools add to links
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid igshid mc_cid mc_eid mkt_tok"
    " _hsenc _hsmi vero_id xtor at_medium at_campaign"
)
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_UNPLAIN = re.compile(r"[<&]|  ")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u202f]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_CVE = re.compile(r"CVE[-\u2010-\u2015]((?:19|20)\d{2})[-\u2010-\u2015](\d{4,19})", re.IGNORECASE)
_WRITTEN_DATE = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(\d{1,2})(?:er)?[\s-]+([^\W\d]+)\.?[\s-]+(\d{4})"
    r"(?:,?\s+(?:à\s+)?(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?(?:\s*([+-]\d{4}|[^\W\d]{1,5}))?",
    re.IGNORECASE,
)
_MONTHS = (
    "jan",
    "fe",
    "mar",
    "av ap",
    "mai may",
    "juin jun",
    "juil jul",
    "ao au",
    "sep",
    "oct",
    "nov",
    "dec",
)
_ZONES = {"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "BST": 1, "CET": 1, "CEST": 2}  # hours from UTC
_ZONES |= {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


def plain(markup: str) -> str:
    """Return the text of an HTML fragment: no tag, no control or direction mark, `\\n\\n` between paragraphs.

    The result is text, not markup: whoever renders it escapes it.
    """
    if len(markup) <= MAX_TEXT and markup.isprintable() and not _UNPLAIN.search(markup):
        return markup.strip()  # an ordinary line, at a tenth of the cost
    return _plain(markup)


def _plain(markup: str) -> str:
    return _cut(whole(markup), MAX_TEXT)


def whole(markup: str) -> str:
    """Return the text of HTML as `plain` does, however long it is."""
    text = unescaped(TAG.sub(_gap, markup) if "<" in markup else markup)
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def unescaped(markup: str) -> str:
    """Return text with its character references resolved, without control and direction marks."""
    return _CONTROL.sub("", html.unescape(_FAR_REFERENCE.sub("\ufffd", markup)))


def _gap(tag: re.Match[str]) -> str:
    """Return the white space that a tag stands for."""
    name = (tag["name"] or "").lower()
    if name == "br":
        return "\n"
    return " " if name in _CELLS else "\n\n" if name in BLOCKS else ""


def line(markup: str) -> str:
    """Return the text of an HTML fragment on one line, as for a title."""
    return _cut(" ".join(plain(markup).split()), MAX_LINE)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def link(address: str) -> str:
    """Return an http or https address as it is written, or an empty text for anything else."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        _ = parts.port  # a port that is no number raises
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return ""
    return "" if re.search(r"[\s<>\"'`\\\x00-\x1f]", address) else address


def joined(base: str, address: str) -> str:
    """Return the http or https address that a link names as seen from `base`, an empty text for none."""
    try:
        return link(urljoin(base, address.strip())) if address.strip() else ""
    except ValueError:
        return ""


def canonical(address: str) -> str:
    """Return an address by which a page is known again, or an empty text where `link` gives one.

    Scheme and host are lower case, the scheme's own port is left out, and so are the parameters that
    only count visits and the fragment, unless it is a route (`#/…`, `#!…`) that names another page. The
    rest stays byte for byte: RFC 3986 § 6.2.3 leaves it to the site what else is equal.
    """
    address = link(address)
    if not address:
        return ""
    parts = urlsplit(address)
    scheme = parts.scheme.lower()
    login, at, place = parts.netloc.rpartition("@")
    place = place.lower().removesuffix(":443" if scheme == "https" else ":80").removesuffix(":")
    kept = [pair for pair in parts.query.split("&") if not _counts_visits(pair)]
    route = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    query = "&".join(kept)
    return parts._replace(scheme=scheme, netloc=login + at + place, query=query, fragment=route).geturl()


def _counts_visits(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name.startswith("utm_") or name in _COUNTERS.split()


def identifier(words: str) -> str:
    """Return a publisher's identifier without what cannot be seen; a very long one as its SHA-256."""
    seen = "".join(filter(str.isprintable, words)).strip()
    if len(seen) <= MAX_IDENTIFIER:
        return seen
    return f"sha256:{sha256(seen.encode('utf-8', 'surrogatepass')).hexdigest()}"


def category(source: Source) -> Category:
    """Return what a source's `category` option says its notices are (default: news).

    Raises `SettingsError` for a category there is not.
    """
    name = source.options.get("category", Category.NEWS)
    if name not in list(Category):
        known = ", ".join(Category)
        raise SettingsError(f"options of {source.id}: category {name!r} is none of {known}")
    return Category(str(name))


def cves(text: str) -> tuple[str, ...]:
    """Return the CVE ids in a text, upper case, once each, in order; typographic hyphens are read."""
    found = (f"CVE-{match[1]}-{match[2]}" for match in _CVE.finditer(text))
    return tuple(islice(dict.fromkeys(found), MAX_CVES))


def instant(text: str) -> datetime | None:
    """Return an ISO 8601 date or date-time as an aware UTC instant, `None` where it is not one.

    A value without zone is read as UTC.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def json_value(body: bytes) -> Any:
    """Return the value of a JSON document (RFC 8259 § 8.1: UTF-8; a byte-order mark is skipped).

    Raises `UnreadableError` that says what the bytes look like instead.
    """
    try:
        return orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"the document is {looks_like(body)}, not valid JSON: {error}") from error


def looks_like(body: bytes) -> str:
    """Say in a few words what a document is, for the sentence that refuses it."""
    start = body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        return "empty"
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith(b"<"):
        return "an XML document"
    if start.startswith(b"\x1f\x8b"):
        return "gzip data"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16 text"
    return "broken, cut short or of another format"


def written_instant(text: str) -> datetime | None:
    """Return a date written out in English or French as an aware UTC instant, `None` where it is not one.

    Reads RFC 5322 § 3.3 (`Sat, 21 Nov 2026 10:00:00 EDT`) and its French translations (`Sam, 21 nov
    2026 10:00`, `1er août 2026`). Zone names of Europe and North America are understood; a value
    without zone is read as UTC, one in an unknown zone is not read.
    """
    found = _WRITTEN_DATE.fullmatch(text.strip())
    if not found:
        return None
    day, name, year, hour, minute, second, zone = found.groups()
    month, offset = _month(name), _offset(zone or "UTC")
    if month is None or offset is None:
        return None
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    try:
        return datetime(int(year), month, int(day), *clock, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> int | None:
    """Return the number of a month by the start of its English or French name."""
    word = "".join(sign for sign in unicodedata.normalize("NFKD", name.lower()) if sign.isalpha())
    starts = ((number, start) for number, names in enumerate(_MONTHS, 1) for start in names.split())
    return next((number for number, start in starts if word.startswith(start)), None)


def _offset(zone: str) -> timedelta | None:
    """Return the offset of a zone name or of `+hhmm`, `None` where it is unknown."""
    if zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        return timedelta(minutes=minutes if zone[0] == "+" else -minutes) if minutes < 24 * 60 else None
    hours = _ZONES.get(zone.upper())
    return None if hours is None else timedelta(hours=hours)


def string(value: object) -> str:
    """Return a JSON value that should be a text; an empty text where it is anything else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> dict[str, Any]:
    """Return a JSON value that should be an object; an empty one where it is anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    """Return the objects of a JSON value that should be an array of objects, without what is not one."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def items(value: object) -> list[Any]:
    """Return a JSON value that should be an array; an empty one where it is anything else."""
    return value if isinstance(value, list) else []
