"""All that is published beside pages and feeds: search and product data, site map, machine documents."""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import unescape

from checking.other_names import Alias, aliases
from checking.product_index import product_files
from publishing import observatory, threats, trends, wayfinding
from publishing.cards import Card
from publishing.csaf import csaf_files
from publishing.escaping import plain
from publishing.facets import facet_files
from publishing.family_names import english_names
from publishing.headers import headers_file
from publishing.keeping import Target, ready
from publishing.leaves import Ground
from publishing.pages.figures import table
from publishing.search_index import OtherPage, search_files
from publishing.theme import Theme
from records import Edition
from settings import ROOT

LEXICONS = ("socle.csv", "french-market.csv", "cisa-icsma.csv")

_ARTICLE = re.compile(r"<article[^>]*>(.*)</article>", re.DOTALL)
_TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


def targets(
    edition: Edition,
    cards: Sequence[Card],
    attacks: Sequence[threats.Victim],
    places: Sequence[str],
    dress: Theme,
    ground: Ground,
) -> Iterator[Target]:
    """Yield every file that is no page; `places` are the generated pages that are no story's."""
    site, names = ground.site, ground.source_names
    others = tuple(other_pages(dress))
    written = [name.removesuffix("index.html") for name in dress.files if name.endswith("index.html")]
    for files in (
        search_files(cards, others, names),
        facet_files(cards, names, english_names()),
        product_files(cards, other_names()),
        wayfinding.sitemaps(cards, {*written, *places}, site),
        trends.files(cards, edition.made_at).items(),
        threats.files(attacks, edition.made_at).items(),
        {observatory.CSV: table(site).read_bytes()}.items(),
        csaf_files(edition.stories, site).items(),
    ):
        yield from (ready(path, body) for path, body in files)
    yield ready("robots.txt", wayfinding.robots(site))
    yield ready("assets/recherche.xml", wayfinding.search_description(site))
    yield ready("_headers", headers_file().encode())
    if site.contact:
        yield ready(".well-known/security.txt", wayfinding.security(site, edition.made_at))
    for path in sorted((site.root / "schemas").glob("*.json")):
        yield ready(f"schemas/{path.name}", path.read_bytes())


@cache
def other_names() -> tuple[Alias, ...]:
    """Return the other names of products and vendors that the lexicons of rules know."""
    rows: list[dict[str, str]] = []
    for name in LEXICONS:
        with (ROOT / "enrichment" / "lexicons" / name).open(encoding="utf-8", newline="") as stream:
            rows += csv.DictReader(stream)
    return aliases(rows)


def other_pages(dress: Theme) -> Iterator[OtherPage]:
    """Yield the hand-written pages as the search knows them, French with its English twin."""
    names = set(dress.files)
    for name in dress.files:
        if not name.endswith("index.html") or name.startswith("en/"):
            continue
        title, text = _words((dress.folder / name).read_text("utf-8"))
        twin = f"en/{name}"
        title_en, text_en = _words((dress.folder / twin).read_text("utf-8")) if twin in names else ("", "")
        yield OtherPage(name.removesuffix("index.html"), title, text, title_en, text_en)


def _words(page: str) -> tuple[str, str]:
    """Return title and text of a hand-written page."""
    article = _ARTICLE.search(page)
    inner = article[1] if article else ""
    title = _TITLE.search(inner)
    return _text(title[1] if title else ""), _text(inner)


def _text(markup: str) -> str:
    return plain(unescape(_TAG.sub(" ", markup)))
