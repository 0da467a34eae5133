from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from publishing.layout import Site
from publishing.wayfinding import robots, search_description, security, sitemaps
from tests.publishing.editions import card

SITE = Site("Vigie & co", "https://veille.example/v/", Path(), contact="mailto:securite@veille.example")


def test_the_site_map_names_every_page_once_in_both_languages() -> None:
    cards = [card("a", year=2024), card("b", year=2025)]
    files = dict(sitemaps(cards, ["", "en/"], SITE))
    index = ElementTree.fromstring(files["sitemap.xml"])
    named = [place.text or "" for place in index.iter() if place.tag.endswith("loc")]
    assert named == [
        SITE.url + name for name in ("sitemap-pages.xml", "sitemap-2024.xml", "sitemap-2025.xml")
    ]
    stories = ElementTree.fromstring(files["sitemap-2025.xml"])
    places = [place.text for place in stories.iter() if place.tag.endswith("loc")]
    assert places == [SITE.url + cards[1].path, f"{SITE.url}en/{cards[1].path}"]


def test_a_story_of_one_year_changes_no_other_year_s_map() -> None:
    one = dict(sitemaps([card("a", year=2024)], [""], SITE))
    two = dict(sitemaps([card("a", year=2024), card("b", year=2025)], [""], SITE))
    assert one["sitemap-2024.xml"] == two["sitemap-2024.xml"]


def test_security_txt_expires_within_a_year_and_not_every_day() -> None:
    first, last = datetime(2025, 8, 1, tzinfo=UTC), datetime(2025, 8, 31, 23, tzinfo=UTC)
    text = security(SITE, first).decode()
    assert "Contact: mailto:securite@veille.example\n" in text
    assert "Expires: 2026-02-01T00:00:00Z\n" in text
    assert security(SITE, last) == security(SITE, first)


def test_robots_and_search_description_are_about_this_site() -> None:
    assert b"Disallow: /v/donnees/" in robots(SITE)
    described = ElementTree.fromstring(search_description(SITE))
    address = next(one.get("template") for one in described if one.tag.endswith("Url"))
    assert address == "https://veille.example/v/recherche/?q={searchTerms}"
