"""Refuse a built site that could harm its readers; the last gate before they see it."""

import re
from collections.abc import Iterator
from pathlib import Path

from records import TLP, PublishError, parse_tlp

HOME = "index.html"
ERROR_PAGE = "404.html"  # the theme alone, without a word of anybody else's

_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_LABEL = re.compile(r'data-tlp="([^"]*)"')
_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>", re.DOTALL | re.IGNORECASE)
_PLACE = re.compile(
    r'(?<=new URL\(")(?!//)[\w./-]*(?=",location)'
    r'|(?<="base": ")(?!//)[\w./-]*(?=")'
    r'|(?<=")(?!//)[\w./-]*?(?=assets/javascripts/)'
)
_HANDLER = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)
_SCHEME = re.compile(
    r"\s(?:href|src|action|formaction|data)\s*=\s*[\"']?\s*(?:javascript|data|vbscript):", re.IGNORECASE
)
_REMOTE = re.compile(
    r"\s(?:src|srcset|(?:xlink:)?href|data|poster)\s*=\s*[\"']?\s*((?:[a-z]+:)?//[^\"'\s>]*)", re.IGNORECASE
)
_LOADING = frozenset(
    {"audio", "base", "embed", "iframe", "image", "img", "input", "link", "object", "script", "source"}
    | {"track", "use", "video"}
)
_FORBIDDEN = ("base", "embed", "iframe", "object", "script", "style", "meta", "link", "form")  # in an article
_STYLE_REMOTE = re.compile(r"@import|url\(\s*[\"']?\s*(?:[a-z]+:)?//", re.IGNORECASE)


def check(tree: Path, *, site_url: str, pages: int, audience: TLP) -> None:
    """Raise `PublishError` at the first thing in `tree` that may not be published.

    `pages` is the number of Markdown pages; each became one HTML file, and the error page is one
    more. Looked for: the home page, a marking above `audience`, a script that is not the theme's own,
    a resource of a third party, an event handler, a `javascript:` address.
    """
    if not (tree / HOME).is_file():
        raise PublishError("the built site has no home page; the last one stands")
    found = sum(1 for _ in tree.rglob("*.html"))
    if found != pages + 1:
        raise PublishError(f"the built site has {found} pages instead of {pages + 1}; the last one stands")
    own_scripts = set(_scripts((tree / ERROR_PAGE).read_text("utf-8")))
    for path in sorted(tree.rglob("*.html")):
        problem = complaint(path.read_text("utf-8"), site_url, audience, own_scripts)
        if problem:
            raise PublishError(f"{path.relative_to(tree)}: {problem}; the last site stands")
    for path in sorted(tree.rglob("*.css")):
        if _STYLE_REMOTE.search(path.read_text("utf-8")):
            raise PublishError(f"{path.relative_to(tree)}: a style asks a third party; the last site stands")


def complaint(page: str, site_url: str, audience: TLP, own_scripts: set[str]) -> str:
    """Say what is wrong with one page, or return an empty text.

    Labels are read from our own `data-tlp` attributes: the words « TLP:RED » in a title are words.
    """
    above = [label for label in _LABEL.findall(page) if parse_tlp(label) > audience]
    if above:
        return f"marked TLP:{above[0]}, above TLP:{audience.label}"
    if not own_scripts.issuperset(_scripts(page)):
        return "a script that is not the theme's own"
    for tag in _TAG.findall(page):
        problem = _tag_complaint(tag, site_url)
        if problem:
            return f"{problem}: {tag[:120]}"
    article = _ARTICLE.search(page)
    names = {_name(tag) for tag in _TAG.findall(article[0])} if article else set()
    forbidden = names.intersection(_FORBIDDEN)
    return f"a <{min(forbidden)}> inside the text" if forbidden else ""


def _tag_complaint(tag: str, site_url: str) -> str:
    """Say what is wrong with one tag, or return an empty text."""
    if "=" not in tag:
        return ""
    if _HANDLER.search(tag):
        return "an event handler"
    if _SCHEME.search(tag):
        return "an address that runs or embeds"
    if _name(tag) in _LOADING:
        remote = [url for url in _REMOTE.findall(tag) if not url.startswith(site_url)]
        if remote:
            return "a resource of a third party"
    return ""


def _name(tag: str) -> str:
    """Return a tag's name in lower case."""
    return re.split(r"[\s/>]", tag[1:], maxsplit=1)[0].lower()


def _scripts(page: str) -> Iterator[str]:
    """Yield a page's scripts without the part of their addresses that tells how deep the page lies."""
    for script in _SCRIPT.findall(page):
        yield _PLACE.sub("", script)
