"""A reader finds alerts by words, numbers and products, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from publishing.search_words import fold
from tests.browser.small_site import lay, stories
from tests.browser.watching import Watch

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    lay(folder, stories())
    return folder


@pytest.fixture(scope="module")
def address(site: Path, served: Callable[..., str]) -> str:
    return served(site)


@pytest.fixture
def page(address: str, browser_page: Page) -> Page:
    browser_page.goto(f"{address}recherche/")
    return browser_page


def type_in(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)


def titles(page: Page) -> list[str]:
    return page.locator("[data-search-results] tbody a").all_inner_texts()


def status(page: Page) -> str:
    return page.get_by_role("status").inner_text()


@pytest.mark.parametrize("query", ["rançongiciel", "RANCONGICIEL", "rançon"])
def test_accents_are_optional_and_our_own_page_comes_first(page: Page, query: str) -> None:
    type_in(page, query)
    expect(page.get_by_role("status")).to_have_text("2\u00a0pages trouvées.")
    assert titles(page) == ["Rançongiciel : que faire", "L’hôpital de Trifouillis touché par un rançongiciel"]


@pytest.mark.parametrize(
    "query", ["CVE-2025-12345", "cve 2025 12345", "CERTFR-2025-AVI-0100", "s71500", "S7-15", "s7 1500"]
)
def test_numbers_and_products_are_found_however_they_are_written(page: Page, query: str) -> None:
    type_in(page, query)
    expect(page.get_by_role("status")).to_have_text("1\u00a0page trouvée.")
    assert titles(page) == ["Vulnérabilité dans <b>Siemens</b> S7-1500 & co"]


def test_words_found_are_marked_and_markup_of_a_title_is_text(page: Page) -> None:
    type_in(page, "siemens s7")
    expect(page.locator("mark")).to_have_text(["Siemens", "S7"])
    assert page.locator("[data-search-results] b").count() == 0


def test_twenty_results_then_more_with_the_focus_on_the_first_new_one(page: Page) -> None:
    type_in(page, "zorgmed")
    expect(page.get_by_role("status")).to_have_text("61\u00a0pages trouvées.")
    assert len(titles(page)) == 20
    assert titles(page)[0] == "Multiples vulnérabilités dans Zorgmed 59"
    page.get_by_role("button", name="Plus de résultats").click()
    expect(page.locator("tbody a").nth(20)).to_be_focused()
    assert len(titles(page)) == 40


def test_result_leads_to_the_story_with_its_source_badges_and_date(page: Page, address: str) -> None:
    type_in(page, "trifouillis")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    assert row.locator("a").evaluate("link => link.href") == f"{address}avis/2025/zataz--actu/"
    assert "Zataz et 1\u00a0autre source" in row.inner_text()
    assert "Secteur" in row.inner_text() and "09/09/2025" in row.inner_text()


def test_all_words_or_else_as_many_as_can_be(page: Page) -> None:
    type_in(page, "siemens introuvable ")
    expect(page.get_by_role("status")).to_contain_text("aucune ne contient tous les mots")
    assert titles(page) == ["Vulnérabilité dans <b>Siemens</b> S7-1500 & co"]


def test_nothing_found_is_said(page: Page) -> None:
    type_in(page, "introuvable")
    expect(page.get_by_role("status")).to_have_text("Aucune page trouvée.")
    type_in(page, "de la")
    expect(page.get_by_role("status")).to_have_text("Préciser la recherche.")
    type_in(page, "")
    expect(page.get_by_role("status")).to_have_text("")


def test_filters_narrow_and_the_address_keeps_all(page: Page, address: str) -> None:
    type_in(page, "zorgmed")
    page.get_by_label("Priorité").select_option("critique")
    page.get_by_label("Pertinence").select_option("soin")
    expect(page.get_by_role("status")).to_have_text("10\u00a0pages trouvées.")
    assert page.url == f"{address}recherche/?q=zorgmed&priorite=critique&niveau=soin"
    page.reload()
    expect(page.get_by_role("status")).to_have_text("10\u00a0pages trouvées.")
    page.get_by_label("exploitées").check()
    expect(page.get_by_role("status")).to_have_text("Aucune page trouvée.")


def test_an_address_with_a_query_shows_its_results(browser_page: Page, address: str) -> None:
    browser_page.goto(f"{address}recherche/?q=CVE-2025-1007&niveau=%3Cscript%3E")
    expect(browser_page.get_by_role("status")).to_have_text("2\u00a0pages trouvées.")
    assert browser_page.get_by_role("searchbox").input_value() == "CVE-2025-1007"


def test_keyboard_alone_is_enough(page: Page) -> None:
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("trifouillis")
    page.keyboard.press("Enter")
    expect(page.locator("tbody a")).to_have_count(1)
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.locator("tbody a")).to_be_focused()


def test_the_english_edition_speaks_english(browser_page: Page, address: str) -> None:
    browser_page.goto(f"{address}en/recherche/?q=hospital")
    expect(browser_page.get_by_role("status")).to_have_text("1\u00a0page found.")
    link = browser_page.locator("tbody a")
    assert link.inner_text() == "Trifouillis hospital hit"
    assert link.evaluate("link => link.href") == f"{address}en/avis/2025/zataz--actu/"
    assert "9 Sep 2025" in browser_page.locator("tbody tr").inner_text()


def test_data_that_cannot_be_read_are_told_and_the_next_search_tries_again(page: Page, watch: Watch) -> None:
    watch.expected.append("Failed to load resource")
    page.route("**/recherche/mots/**", lambda route: route.fulfill(status=503))
    type_in(page, "zorgmed")
    expect(page.get_by_role("status")).to_contain_text("n’ont pas pu être lues")
    assert titles(page) == []
    page.unroute("**/recherche/mots/**")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.get_by_role("status")).to_have_text("61\u00a0pages trouvées.")


def test_a_query_reads_a_few_small_files(page: Page) -> None:
    read: list[int] = []
    page.on("response", lambda answer: read.append(len(answer.body())))
    type_in(page, "zorgmed")
    expect(page.get_by_role("status")).to_have_text("61\u00a0pages trouvées.")
    assert len(read) <= 8 and sum(read) < 30_000


def test_without_script_the_page_says_so_and_offers_the_lists(
    browser: Callable[..., Page], address: str
) -> None:
    page = browser(script=False)
    page.goto(f"{address}recherche/")
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.get_by_role("link", name="Alertes par mois")).to_be_visible()
    expect(page.locator("[data-search-filters]")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
def test_results_are_accessible(
    browser: Callable[..., Page], address: str, axe: Callable[[Page], list[str]], dark: bool
) -> None:
    page = browser(dark=dark)
    page.goto(f"{address}recherche/?q=zorgmed")
    expect(page.locator("tbody a").first).to_be_visible()
    assert axe(page) == []


def test_words_fold_in_the_browser_as_on_our_side(page: Page) -> None:
    texts = ["Rançongiciel", "ŒUVRE d’Æsop", "Straße İstanbul ΣΑΣ", "Ñandú ﬁn Ⅳ", "Больница Й", "Ǖ ề ệ"]
    folded = page.evaluate("texts => texts.map(window.Vigie.fold)", texts)
    assert folded == [fold(text) for text in texts]
