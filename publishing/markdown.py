"""Let other people's text into our Markdown without letting it do anything there.

Everything a source says passes `escape` or `link` before it meets a template; templates do it by
themselves (`environment`), so that forgetting is not possible.
"""

import html
import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote, urlsplit

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown import Markdown
from markupsafe import Markup

JOINER = "\u200d"  # kept: it holds emoji and some scripts together, and reorders nothing

_SPECIAL = re.compile(r"[&<>\"'`*_{}\[\]()#!|\\~^=$]")
_OPENING = re.compile(r"^\d+\.(?!\S)|^[-+?:.]")  # what would open a list, a rule or another block
_SPACES = re.compile(r"[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_NOT_IN_URL = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL_SIGNS = "/?#:@!$&+,;=%~-._"

_BODY_NAMES = "h1 h2 h3 h4 h5 h6 p ul ol li blockquote pre code strong em a br table thead tbody tr th td"
_BODY_TAGS = frozenset(_BODY_NAMES.split())
_BODY_EXTENSIONS = ("tables", "fenced_code", "sane_lists")
_HEADING = re.compile(r"(?<=<)(/?)h([1-6])(?=>)")
MAX_BRACKETS = 2_000  # of one body: 20 000 of them take a minute
_TOP_HEADING = 3  # of a body, below the page's title and its section's


def plain(text: str) -> str:
    """Return text on one line, without control, direction, invisible or non-XML characters.

    Runs of white space, line separators included, become one space; non-breaking spaces stay. What
    is left is allowed in XML 1.0 (§ 2.2) and in YAML 1.1.
    """
    folded = _SPACES.sub(" ", text)
    if folded.isascii() and folded.isprintable():
        return folded.strip()
    return "".join(sign for sign in folded if _shown(sign)).strip()


def escape(text: str) -> str:
    """Return `plain(text)` so that neither Markdown nor HTML sees anything but words in it.

    Special characters become numeric entities, which hold in paragraphs, headings, list items,
    table cells, link texts and raw HTML alike. Hyphens and full stops inside text stay readable.
    """
    return _OPENING.sub(_entities, _SPECIAL.sub(_entities, plain(text)))


def link(url: str, text: str) -> str:
    """Return a Markdown link, or the escaped text alone where the address is not to be trusted."""
    target = address(url)
    return f"[{escape(text)}]({target})" if target else escape(text)


def address(url: str) -> str:
    """Return an http or https URL that stays inside a Markdown link and an HTML attribute.

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


def body(text: str) -> Markup:
    """Return a notice's Markdown as HTML that no Markdown changes any more, its headings from h3 down.

    What the body's collector promises is not relied on: after rendering only plain tags and http links
    are left. Fences in it are written as references, because MkDocs reads them within raw HTML too.
    """
    try:
        return _rendered(text) if text.count("[") <= MAX_BRACKETS else _as_words(text)
    except RecursionError:  # lists inside one another, hundreds deep
        return _as_words(text)


def _as_words(text: str) -> Markup:
    """Return a body that Markdown cannot read in reasonable time as paragraphs of its words."""
    paragraphs = (escape(part) for part in text.split("\n\n"))
    return Markup("\n".join(f"<p>{part}</p>" for part in paragraphs if part))


def _rendered(text: str) -> Markup:
    converter = Markdown(extensions=_BODY_EXTENSIONS)
    converter.inlinePatterns.deregister("entity")  # 37 s for 100 000 of them; without it they just stay
    cleaned = nh3.clean(
        converter.convert(text),
        tags=set(_BODY_TAGS),
        attributes={"a": {"href"}},
        attribute_filter=lambda tag, name, value: value if address(value) else None,
        link_rel=None,
    )
    levels = [int(level) for _, level in _HEADING.findall(cleaned)]
    down = _TOP_HEADING - min(levels, default=_TOP_HEADING)
    lowered = _HEADING.sub(lambda found: f"{found[1]}h{min(int(found[2]) + down, 6)}", cleaned)
    return Markup(lowered.replace("`", "&#96;").replace("~", "&#126;"))


def front_matter(text: str) -> Markup:
    """Return text as a quoted YAML scalar whose value is HTML-escaped.

    The theme prints `page.meta` without escaping (measured with Material 9.8), hence the second half.
    """
    return Markup(json.dumps(html.escape(plain(text)), ensure_ascii=False))


def environment(folder: Path) -> Environment:
    """Return the templates of `folder`, in which every variable is escaped unless it is `Markup`.

    The filters `link` (of a text, to a URL), `address`, `body` and `yaml` return `Markup`. An undefined
    variable is an error.
    """
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,  # so that macros return Markup; the escaping itself is `_finalize`
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["link"] = lambda text, url: Markup(link(url, text))
    templates.filters["address"] = lambda url: Markup(address(url))
    templates.filters["body"] = body
    templates.filters["yaml"] = front_matter
    templates.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    return templates


def paragraphs(text: str) -> tuple[str, ...]:
    """Split a plain text at its blank lines; empty paragraphs are left out."""
    return tuple(part for part in re.split(r"\n\s*\n", text) if plain(part))


def _finalize(value: object) -> Markup:
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def _shown(sign: str) -> bool:
    """Whether a character may reach a page: XML allows it, and it is seen or joins what is seen."""
    code = ord(sign)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False
    return sign == JOINER or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _entities(match: re.Match[str]) -> str:
    """Write the signs of a match as numeric entities; digits stay."""
    return "".join(sign if sign.isdigit() else f"&#{ord(sign)};" for sign in match[0])
