"""Let other people's text into our pages without letting it do anything there.

Templates escape every variable by themselves (`environment`), so that forgetting is not possible;
addresses and whole texts pass `address` and `body`.
"""

import re
import sys
import unicodedata
from pathlib import Path
from urllib.parse import quote, urlsplit

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown import Markdown
from markupsafe import Markup, escape

JOINER = "\u200d"  # kept: it holds emoji and some scripts together, and reorders nothing

_SPACES = re.compile(r"[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_NOT_IN_URL = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL_SIGNS = "/?#:@!$&+,;=%~-._"

_BODY_NAMES = "h1 h2 h3 h4 h5 h6 p ul ol li blockquote pre code strong em a br table thead tbody tr th td"
_BODY_TAGS = frozenset(_BODY_NAMES.split())
_BODY_EXTENSIONS = ("tables", "fenced_code", "sane_lists")
_HEADING = re.compile(r"(?<=<)(/?)h([1-6])(?=>)")
MAX_BRACKETS = 2_000  # of one body: 20 000 of them take a minute
_TOP_HEADING = 3  # of a body, below the page's title and its section's


def _hidden() -> re.Pattern[str]:
    """Return the pattern of what no page may hold: control, direction and invisible signs, and what XML
    does not allow.
    """
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    codes = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in kinds]
    codes += [
        *range(0xFDD0, 0xFDF0),
        *(plane | end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
    ]
    return re.compile(f"[{''.join(re.escape(chr(code)) for code in sorted(codes) if chr(code) != JOINER)}]+")


_HIDDEN = _hidden()


def plain(text: str) -> str:
    """Return text on one line, without control, direction, invisible or non-XML characters.

    Runs of white space, line separators included, become one space; non-breaking spaces stay. What
    is left is allowed in XML 1.0 (§ 2.2).
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    folded = _SPACES.sub(" ", text)
    if folded.isascii() and folded.isprintable():
        return folded.strip()
    return _HIDDEN.sub("", folded).strip()


def address(url: str) -> str:
    """Return an http or https URL that stays inside an HTML attribute, escaped already.

    Characters that could break out are percent-encoded (RFC 3986 § 2.1), `&` becomes `&amp;`.
    Returns an empty string for another scheme, for a URL with a user name, and for one without a
    host or with an IPv6 host: none of them is a notice's.
    """
    cleaned = plain(url)
    try:
        parts = urlsplit(cleaned)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or ":" in host or "@" in parts.netloc:
        return ""
    if set(parts.netloc) & set("\\%<>\"'` "):
        return ""
    encoded = quote(_NOT_IN_URL.sub("%25", cleaned), safe=_URL_SIGNS)
    return encoded.replace("&", "&amp;")


def link(text: str, url: str) -> Markup:
    """Return a link to another site that tells it nothing of its reader, or the text alone where the
    address is not to be trusted.
    """
    target, words = address(url), escape(plain(text))
    return Markup(f'<a href="{target}" rel="noreferrer">{words}</a>') if target else words


def body(text: str) -> Markup:
    """Return a notice's Markdown as HTML, its headings from h3 down.

    What the body's collector promises is not relied on: after rendering only plain tags and http links
    are left.
    """
    try:
        return _rendered(text) if text.count("[") + text.count("<") <= MAX_BRACKETS else _as_words(text)
    except RecursionError:  # lists inside one another, hundreds deep
        return _as_words(text)


def _as_words(text: str) -> Markup:
    """Return a body that Markdown cannot read in reasonable time as paragraphs of its words."""
    return Markup("\n").join(Markup(f"<p>{escape(part)}</p>") for part in paragraphs(text))


def _rendered(text: str) -> Markup:
    converter = Markdown(extensions=_BODY_EXTENSIONS)
    converter.inlinePatterns.deregister("entity")  # 37 s for 100 000 of them; without it they just stay
    cleaned = nh3.clean(
        converter.convert(text),
        tags=set(_BODY_TAGS),
        attributes={"a": {"href"}},
        attribute_filter=lambda tag, name, value: value if name == "rel" or address(value) else None,
        link_rel="noreferrer",
    )
    levels = [int(level) for _, level in _HEADING.findall(cleaned)]
    down = _TOP_HEADING - min(levels, default=_TOP_HEADING)
    return Markup(_HEADING.sub(lambda found: f"{found[1]}h{min(int(found[2]) + down, 6)}", cleaned))


def paragraphs(text: str) -> tuple[str, ...]:
    """Split a plain text at its blank lines, each part on one line; empty ones are left out."""
    parts = (plain(part) for part in re.split(r"\n\s*\n", text))
    return tuple(part for part in parts if part)


def environment(folder: Path) -> Environment:
    """Return the templates of `folder`, in which every variable is plain text and escaped unless it is
    `Markup`. The filters `link` (of a text, to a URL), `address` and `body` return `Markup`. An undefined
    variable is an error.
    """
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["link"] = link
    templates.filters["address"] = lambda url: Markup(address(url))
    templates.filters["body"] = body
    templates.filters["paragraphs"] = paragraphs
    templates.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    return templates


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) else plain(str(value))
