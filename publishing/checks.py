"""Refuse a page or a built site that could harm its readers; the last gate before they see it.

Every page must read as plain, closed tags with double-quoted attributes that hold no `<`: then what is
looked at here is what a browser sees, and the rules below (ours) need no parser of HTML.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from records import TLP, PublishError, parse_tlp

HOME = "index.html"
ASSETS = "assets"

_TAG = re.compile(
    r'<(?:/?[a-z][\w-]*+(?:\s++[\w:.@-]++(?:="[^"<]*+")?+)*+\s*+/?>|!doctype html>|!--[^<>]*-->)',
    re.IGNORECASE,
)
_NAME = re.compile(r"<([\w-]+)")
_ATTRIBUTE = re.compile(r'\s([\w:.@-]+)(?:="([^"]*)")?')
_RAW_TEXT = re.compile(r"<(script|title|textarea)[\s>]", re.IGNORECASE)
_RAW_CLOSED = re.compile(r"<(script|title|textarea)(?:\s[^>]*)?>[^<]*</\1>", re.IGNORECASE)
_ARTICLE = re.compile(r"<article[\s>].*</article>", re.DOTALL | re.IGNORECASE)
_HEAD_TAG = re.compile(r"<(?:link|meta|script)(?:\s[^>]*)?>", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_IGNORED_IN_URLS = re.compile("[\t\n\r]")
_STYLE_REMOTE = re.compile(r"@import|url\(\s*[\"']?\s*(?:[a-z]+:)?//", re.IGNORECASE)

_NOWHERE = frozenset(
    {"applet", "base", "embed", "frame", "frameset", "iframe", "object", "plaintext", "style", "xmp"}
)
_LINKS = frozenset({"a", "area"})
_LINK_SCHEMES = frozenset({"http:", "https:", "mailto:", "tel:"})
_ADDRESSES = frozenset(
    {"action", "background", "data", "formaction", "href", "manifest", "ping", "poster", "src", "srcset"}
    | {"xlink:href"}
)
_NAMING_LINKS = frozenset({"alternate", "author", "canonical", "license", "next", "prev", "search"})
_DATA_SCRIPT = "application/json"
_KNOWN_EQUIV = "content-security-policy"  # the one pragma that can only forbid


def complaint(page: str, site_url: str, audience: TLP) -> str:
    """Say what is wrong with one page, or return an empty text; `site_url` ends in `/`.

    Looked for: markup a browser might read otherwise than we do, a script or style inside the page, an
    event handler, an address that runs, a resource of another host, a link to another host that tells it
    where the reader comes from, a marking above `audience`, inside the article what belongs in a head.
    Markings are read from our own `data-tlp` attributes: the words « TLP:RED » in a title are words.
    """
    tags = _TAG.findall(page)
    if len(tags) != page.count("<"):
        return f"a tag that is not closed or not plainly written: {_first_odd(page)}"
    if len(_RAW_TEXT.findall(page)) != len(_RAW_CLOSED.findall(page)):
        return "a tag inside a title, a script or a text field"
    for tag in sorted(set(tags)):
        problem = tag_complaint(tag, site_url, audience)
        if problem:
            return f"{problem}: {tag[:120]}"
    article = _ARTICLE.search(page)
    foreign = [tag for tag in _HEAD_TAG.findall(article[0]) if not _holds_data(tag)] if article else []
    return f"what belongs in a head, inside the text: {foreign[0][:120]}" if foreign else ""


@lru_cache(maxsize=2**15)  # the tags of the theme are the same on thousands of pages
def tag_complaint(tag: str, site_url: str, audience: TLP) -> str:
    """Say what is wrong with one opening tag, or return an empty text."""
    name = _name(tag)
    if name in _NOWHERE:
        return f"a <{name}>"
    attributes = _attributes(tag)
    if name == "script" and "src" not in attributes and not _holds_data(tag):
        return "a script inside the page"
    if name == "meta" and attributes.get("http-equiv", _KNOWN_EQUIV).lower() != _KNOWN_EQUIV:
        return "an order to the browser"
    if "style" in attributes:
        return "a style inside the page"
    if any(key.startswith("on") for key in attributes):
        return "an event handler"
    label = attributes.get("data-tlp")
    if label is not None and parse_tlp(label) > audience:
        return f"marked TLP:{label}, above TLP:{audience.label}"
    relations = frozenset(attributes.get("rel", "").lower().split())
    kept = [part for key, value in attributes.items() if key in _ADDRESSES for part in _parts(key, value)]
    problems = (_address_complaint(name, address, relations, site_url) for address in kept)
    return next(filter(None, problems), "")


def check_home(tree: Path) -> None:
    """Raise `PublishError` where a built site has no home page."""
    if not (tree / HOME).is_file():
        raise PublishError("the built site has no home page; the last one stands")


def check_styles(tree: Path) -> None:
    """Raise `PublishError` where a style sheet below `assets/` asks a third party for anything."""
    for path in sorted((tree / ASSETS).rglob("*.css")):
        if _STYLE_REMOTE.search(path.read_text("utf-8")):
            raise PublishError(f"{path.relative_to(tree)}: a style asks a third party; the last site stands")


def broken_links(tree: Path, site_url: str, *, beside: tuple[str, ...] = ("listes/",)) -> list[str]:
    """Return `page: address` for each link or resource of the site's own that leads to no file of `tree`.

    Reads every page, so that it is no part of a build. Addresses below `beside` are served from elsewhere.
    """
    broken: list[str] = []
    lead: dict[str, bool] = {}
    for page in sorted(tree.rglob("*.html")):
        place = page.relative_to(tree).as_posix()
        base = site_url + place.removesuffix(HOME)
        for address in dict.fromkeys(_own_addresses(page.read_text("utf-8"))):
            target = urljoin(base, address)
            path = unquote(urlsplit(target.removeprefix(site_url)).path)
            if not target.startswith(site_url) or path.startswith(beside):
                continue
            if path not in lead:
                lead[path] = (tree / path / HOME if path.endswith("/") or not path else tree / path).is_file()
            if not lead[path]:
                broken.append(f"{place}: {address}")
    return broken


def _own_addresses(page: str) -> Iterator[str]:
    """Yield what a page's `href`, `src` and `action` say."""
    for tag in _TAG.findall(page):
        for key, value in _ATTRIBUTE.findall(tag):
            if key in ("href", "src", "action"):
                yield unescape(value)


def _address_complaint(name: str, address: str, relations: frozenset[str], site_url: str) -> str:
    """Say what is wrong with an address in a tag, read as browsers do (URL Standard § 4.4), or nothing."""
    cleaned = _IGNORED_IN_URLS.sub("", address).strip("".join(map(chr, range(33)))).replace("\\", "/")
    scheme = _SCHEME.match(cleaned)
    if scheme and scheme[0].lower() not in _LINK_SCHEMES:
        return "an address that runs or embeds"
    elsewhere = (scheme is not None or cleaned.startswith("//")) and not f"{cleaned}/".startswith(site_url)
    if not elsewhere:
        return ""
    if name in _LINKS:
        told = scheme is not None and scheme[0].lower() in ("mailto:", "tel:")
        return "" if told or "noreferrer" in relations else "a link that tells where the reader comes from"
    if name == "link" and relations and relations <= _NAMING_LINKS:
        return ""
    return "a resource of a third party"


def _parts(key: str, value: str) -> list[str]:
    """Return the addresses in an attribute: `srcset` and `ping` hold several."""
    if key == "srcset":
        return [part.split()[0] for part in value.split(",") if part.strip()]
    return value.split() if key == "ping" else [value]


def _holds_data(tag: str) -> bool:
    """Whether a script's tag says that it holds data, which no browser runs."""
    attributes = _attributes(tag)
    return attributes.get("type") == _DATA_SCRIPT and "src" not in attributes


def _attributes(tag: str) -> dict[str, str]:
    """Return what a tag says, by name in lower case; of two with one name browsers take the first."""
    return {key.lower(): unescape(value) for key, value in reversed(_ATTRIBUTE.findall(tag))}


def _name(tag: str) -> str:
    """Return an opening tag's name in lower case; empty for an end tag, a comment, the document type."""
    found = _NAME.match(tag)
    return found[1].lower() if found else ""


def _first_odd(page: str) -> str:
    """Return what stands at the first `<` that begins no plain tag."""
    rest = _TAG.sub(lambda found: " " * len(found[0]), page)
    start = rest.index("<")
    return page[start : start + 80]
