"""The files by which machines find their way: site map, robots, search description, security contact."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from publishing.cards import Card
from publishing.layout import LANGUAGES, Site

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
SECURITY_MONTHS = 6  # how long a security.txt may be believed; RFC 9116 § 2.5.5 asks for less than a year

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def sitemaps(cards: Iterable[Card], pages: Iterable[str], site: Site) -> Iterator[tuple[str, bytes]]:
    """Yield the site map: an index, then one file for the pages (paths) and one for each year's stories."""
    years: dict[int, list[Card]] = {}
    for card in sorted(cards, key=lambda card: card.path):
        years.setdefault(card.published_at.year, []).append(card)
    names = ["sitemap-pages.xml", *(f"sitemap-{year}.xml" for year in sorted(years))]
    places = "".join(f"<sitemap><loc>{escape(site.url + name)}</loc></sitemap>\n" for name in names)
    yield "sitemap.xml", f'{_HEAD}<sitemapindex xmlns="{SITEMAP}">\n{places}</sitemapindex>\n'.encode()
    yield names[0], _urls((site.url + path, None) for path in sorted(pages))
    for year, rows in years.items():
        addresses = (
            (site.url + _in(code, card.path), card.changed_at) for card in rows for code in LANGUAGES
        )
        yield f"sitemap-{year}.xml", _urls(addresses)


def robots(site: Site) -> bytes:
    """Return robots.txt (RFC 9309): everything may be read but the data that scripts read."""
    return f"User-agent: *\nDisallow: {site.base}donnees/\n\nSitemap: {site.url}sitemap.xml\n".encode()


def search_description(site: Site) -> bytes:
    """Return the OpenSearch 1.1 description by which a browser offers the site's search."""
    address = escape(f"{site.url}recherche/?q={{searchTerms}}", {'"': "&quot;"})
    return (
        f'{_HEAD}<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<ShortName>{escape(site.name[:16])}</ShortName>\n"
        f"<Description>{escape(site.name)}</Description>\n"
        "<InputEncoding>UTF-8</InputEncoding>\n"
        f'<Url type="text/html" template="{address}"/>\n'
        "</OpenSearchDescription>\n"
    ).encode()


def security(site: Site, made_at: datetime) -> bytes:
    """Return security.txt (RFC 9116); it expires some months after the month of the edition."""
    month = made_at.astimezone(UTC).year * 12 + made_at.astimezone(UTC).month - 1 + SECURITY_MONTHS
    expires = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (
        f"Contact: {site.contact}\n"
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
        "Preferred-Languages: fr, en\n"
        f"Canonical: {site.url}.well-known/security.txt\n"
    ).encode()


def _in(language: str, path: str) -> str:
    return path if language == "fr" else f"{language}/{path}"


def _urls(addresses: Iterable[tuple[str, datetime | None]]) -> bytes:
    rows = (
        f"<url><loc>{escape(address)}</loc>"
        + (f"<lastmod>{at:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if at else "")
        + "</url>\n"
        for address, at in addresses
    )
    return f'{_HEAD}<urlset xmlns="{SITEMAP}">\n{"".join(rows)}</urlset>\n'.encode()
