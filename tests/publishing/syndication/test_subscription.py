"""The page to subscribe on names feeds that exist, and nothing but them."""

import re
from pathlib import Path

from publishing.layout import Writer
from publishing.syndication import selections, subscription_page
from tests.conftest import ROOT
from tests.publishing.syndication.making import NAMES, NEWS, SITE, card, cards, files

SHIPPED = type(SITE)(SITE.name, SITE.url, ROOT / "site")


def html(made: tuple[object, ...] = (), language: str = "fr") -> str:
    chosen = selections(made or cards(), NAMES, [NEWS])  # type: ignore[arg-type]
    return subscription_page(Writer(SHIPPED, language), chosen).html


def test_every_feed_listed_exists_and_every_feed_is_listed() -> None:
    made = files(cards())
    linked = {target.removeprefix("../") for target in re.findall(r'href="([^"#]+)"', html())}
    assert linked <= set(made)
    former = {f"flux/{name}.xml" for name in ("soin", "secteur", "socle")}
    assert (
        linked
        >= {path for path in made if path.startswith("flux/") and path.endswith((".xml", ".opml"))} - former
    )


def test_labels_of_others_are_words() -> None:
    hostile = '"><script>alert(1)</script>'
    shown = html((card(1, vendors=(hostile,)), card(2, vendors=(hostile,))))
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_the_page_does_not_change_with_a_story_of_known_names() -> None:
    assert html() == html((*cards(), card(7, vendors=("Fortinet",))))


def test_nothing_on_the_page_breaks_the_security_policy() -> None:
    assert not re.search(r"<script|<style| style=| on[a-z]+=", html())
    script = Path(ROOT / "site/theme/assets/abonnement.js").read_text("utf-8")
    assert not re.search(r"innerHTML|insertAdjacentHTML|eval\(", script)
