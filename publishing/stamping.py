"""Put the theme around an article: fill the tokens of a shell that MkDocs rendered once (decision 0023)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup, escape

from publishing.layout import SECTIONS, Page, Site
from records import PublishError

TOKEN = re.compile(r"@@([a-z-]+)@@")
CONTENTS_FROM = 3  # headings from which a page gets a table of contents

NOWHERE = ("introuvable/",)  # pages that have no address of their own

_HEADING = re.compile(r'<h2 id="([^"<>]+)">(.*?)</h2>', re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_WORDS = {
    "fr": {"toc": "Sur cette page"},
    "en": {"toc": "On this page"},
}
NEEDED = frozenset(
    {"title", "description", "alternates", "feeds", "scripts", "other", "toc", "article", "root"}
)


@dataclass(frozen=True)
class Shell:
    """What the theme puts around an article, in one language: HTML with `@@token@@`s.

    Raises `PublishError` where the theme lost one of them, or has one that nothing fills.
    """

    language: str
    html: str

    def __post_init__(self) -> None:
        """Refuse a shell that would lose a part of every page."""
        known = NEEDED | {f"here-{name}" for name in SECTIONS}
        found = set(TOKEN.findall(self.html))
        if not found >= NEEDED or found - known:
            wrong = sorted((NEEDED - found) | (found - known))
            raise PublishError(f"the theme's main.html and publishing/stamping.py disagree on {wrong}")

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The shell cut at its tokens: text, token, text, token, …, text."""
        return tuple(TOKEN.split(self.html))


def stamp(page: Page, shell: Shell, site: Site) -> bytes:
    """Return the whole page, in UTF-8; relative addresses are as seen from the page's own place."""
    values = _values(page, site)
    parts = [piece if place % 2 == 0 else values.get(piece, "") for place, piece in enumerate(shell.pieces)]
    return "".join(parts).encode("utf-8", "replace")


def root_of(place: str) -> str:
    """Return the way from a page to the site's root."""
    return "../" * place.count("/") or "./"


def _values(page: Page, site: Site) -> Mapping[str, str]:
    root = root_of(page.place)
    own = "" if page.path in NOWHERE else page.path
    other = f"en/{own}" if page.language == "fr" else own
    title = f"{page.title} · {site.name}" if page.path else f"{site.name} · {page.title}"
    feed = f'<link rel="alternate" type="application/rss+xml" title="{escape(page.title)}" href="{root}{page.feed}">'
    return {
        "root": root,
        "title": escape(title),
        "description": escape(page.description or page.title),
        "alternates": _alternates(page, site),
        "feeds": feed if page.feed else "",
        "scripts": "\n".join(f'<script src="{root}assets/{name}" defer></script>' for name in page.scripts),
        "other": root + other if other else root,
        "toc": _contents(page),
        "article": page.html,
        f"here-{page.section}": ' aria-current="true"',
    }


def _alternates(page: Page, site: Site) -> str:
    if page.path in NOWHERE:
        return '<meta name="robots" content="noindex">'
    lines = [f'<link rel="canonical" href="{escape(site.url + page.place)}">']
    for language, place in (("fr", page.path), ("en", f"en/{page.path}")):
        lines.append(f'<link rel="alternate" hreflang="{language}" href="{escape(site.url + place)}">')
    return "\n".join(lines)


def _contents(page: Page) -> str:
    """Return the page's own table of contents, empty for a short page."""
    headings = _HEADING.findall(page.html)
    if len(headings) < CONTENTS_FROM:
        return ""
    label = _WORDS[page.language]["toc"]
    rows = "".join(
        f'<li><a href="#{name}">{Markup(_TAG.sub("", words).strip())}</a></li>' for name, words in headings
    )
    return f'<nav class="toc" aria-label="{label}"><p>{label}</p><ul>{rows}</ul></nav>'
