"""A reader composes his subscription, in a real browser."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from publishing.layout import Site, Writer
from publishing.syndication import selections, subscription_page
from tests.conftest import ROOT
from tests.publishing.syndication.making import NAMES, NEWS, card, cards

pytestmark = pytest.mark.whole

SITE = Site("Vigie", "https://veille.example/", ROOT / "site")
SHELL = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>S’abonner</title>
<link rel="icon" href="../assets/vigie.svg"><link rel="stylesheet" href="../assets/vigie.css">
<script src="../assets/vigie.js" defer></script><script src="../assets/abonnement.js" defer></script></head>
<body><main class="md-typeset">{}</main></body></html>"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, served: Callable[..., str]) -> str:
    root = tmp_path_factory.mktemp("site")
    chosen = selections([*cards(), card(8, vendors=("<b>&",)), card(9, vendors=("<b>&",))], NAMES, [NEWS])
    (root / "abonnement").mkdir()
    article = subscription_page(Writer(SITE, "fr"), chosen).html
    (root / "abonnement" / "index.html").write_text(SHELL.replace("{}", article), "utf-8")
    shutil.copytree(ROOT / "site" / "theme" / "assets", Path(root) / "assets")
    return f"{served(root)}abonnement/"


def addresses(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator("[data-subscribe-result] input").all()]


def test_without_a_choice_all_alerts_are_offered(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    assert addresses(browser_page) == ["https://veille.example/flux/tout.xml"]


def test_one_choice_and_a_format_give_one_address(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Éditeur").select_option(label="Fortinet")
    browser_page.get_by_label("Format").select_option(label="Atom 1.0")
    assert addresses(browser_page) == ["https://veille.example/flux/editeur/fortinet.atom"]


def test_choices_that_no_feed_combines_get_the_nearest_and_are_told(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Pertinence").select_option(label="Soin")
    browser_page.get_by_label("Éditeur").select_option(label="Fortinet")
    assert "Aucun flux ne réunit ces choix" in browser_page.get_by_role("status").inner_text()
    assert addresses(browser_page) == [
        "https://veille.example/flux/editeur/fortinet.xml",
        "https://veille.example/flux/niveau/soin.xml",
    ]


def test_whole_texts_are_given_where_they_exist_and_refused_where_not(
    browser_page: Page, address: str
) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Texte complet plutôt que résumé").check()
    assert addresses(browser_page) == ["https://veille.example/flux/tout-complet.xml"]
    browser_page.get_by_label("Priorité").select_option(index=1)
    assert addresses(browser_page) == ["https://veille.example/flux/priorite/critique.xml"]
    assert "Le texte complet n’existe que" in browser_page.get_by_role("status").inner_text()


def test_the_keyboard_is_enough_to_choose_and_copy(browser_page: Page, address: str) -> None:
    browser_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    browser_page.goto(address)
    browser_page.get_by_label("Contenu").focus()
    browser_page.keyboard.press("b")
    browser_page.get_by_role("button", name="Copier l’adresse").focus()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("button")).to_contain_text("Copiée")
    copied = browser_page.evaluate("navigator.clipboard.readText()")
    assert copied == "https://veille.example/flux/bulletins.xml"


def test_names_of_others_are_words(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_label("Éditeur").select_option(label="<b>&")
    assert browser_page.locator("[data-subscribe-result] label").inner_text() == "<b>&"


def test_without_script_the_page_is_a_list_of_feeds(browser: Callable[..., Page], address: str) -> None:
    page = browser(script=False)
    page.goto(address)
    assert not page.get_by_label("Format").is_visible()
    assert page.locator("noscript p").is_visible()
    page.get_by_text("Éditeur", exact=False).last.click()
    assert (
        page.locator('a[data-stem="flux/editeur/fortinet"]').get_attribute("href")
        == "../flux/editeur/fortinet.xml"
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_breaks_no_rule_of_accessibility(
    browser: Callable[..., Page], address: str, axe: Callable[[Page], list[str]], dark: bool
) -> None:
    page = browser(dark=dark)
    page.goto(address)
    page.get_by_label("Pertinence").select_option(label="Soin")
    page.get_by_label("Éditeur").select_option(label="Fortinet")
    assert axe(page) == []
