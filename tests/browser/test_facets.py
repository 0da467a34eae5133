"""A reader narrows the list of alerts in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.small_site import lay, stories
from tests.browser.watching import Watch

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, served: Callable[..., str]) -> str:
    folder: Path = tmp_path_factory.mktemp("facets")
    lay(folder, stories())
    return served(folder)


@pytest.fixture
def page(address: str, browser_page: Page) -> Page:
    browser_page.goto(f"{address}alertes/")
    expect(browser_page.locator("form.facets")).to_be_visible()
    return browser_page


def test_the_newest_year_takes_the_place_of_the_plain_lists(page: Page) -> None:
    expect(page.get_by_role("status")).to_have_text("62\u00a0alertes, depuis le début de 2025.")
    expect(page.get_by_text("Toutes les listes")).to_be_hidden()
    assert page.locator("tbody tr").count() == 50
    assert page.locator("tbody a").first.inner_text().startswith("L’hôpital de Trifouillis")


def test_choices_narrow_and_say_how_many_each_would_leave(page: Page, address: str) -> None:
    page.get_by_label("Priorité critique").check()
    expect(page.get_by_role("status")).to_have_text("31\u00a0alertes, depuis le début de 2025.")
    assert page.locator("label", has_text="Priorité faible").locator(".count").inner_text() == "30"
    assert page.locator("label", has_text="Soin").locator(".count").inner_text() == "10"
    page.get_by_label("Priorité faible").check()
    page.get_by_label("Éditeur").select_option("zorgmed")
    expect(page.get_by_role("status")).to_have_text("60\u00a0alertes, depuis le début de 2025.")
    assert page.url == f"{address}alertes/?priorite=critique&priorite=faible&editeur=zorgmed"
    page.get_by_label("Exploitée").check()
    expect(page.get_by_role("status")).to_have_text("Aucune alerte, depuis le début de 2025.")
    expect(page.locator("tbody tr")).to_have_count(0)


def test_an_address_with_a_choice_shows_it(browser_page: Page, address: str) -> None:
    browser_page.goto(f"{address}alertes/?priorite=critique&exploitee=1&editeur=siemens&depuis=2025-07")
    expect(browser_page.get_by_role("status")).to_have_text("1\u00a0alerte, depuis le début de 2025.")
    link = browser_page.locator("tbody a")
    assert link.inner_text() == "Vulnérabilité dans <b>Siemens</b> S7-1500 & co"
    assert link.evaluate("link => link.href") == f"{address}avis/2025/certfr-avis--certfr-2025-avi-0100/"
    assert browser_page.get_by_label("Exploitée").is_checked()
    assert browser_page.get_by_label("Depuis").input_value() == "2025-07"


@pytest.mark.parametrize("query", ["depuis=hier", "editeur=%3Cscript%3E", "priorite=", "source=../x"])
def test_a_wrong_address_is_no_choice(browser_page: Page, address: str, query: str) -> None:
    browser_page.goto(f"{address}alertes/?{query}")
    expect(browser_page.get_by_role("status")).to_have_text("62\u00a0alertes, depuis le début de 2025.")


def test_a_source_that_also_tells_the_story_counts(page: Page) -> None:
    page.get_by_label("Source").select_option("certfr-avis")
    expect(page.get_by_role("status")).to_have_text("62\u00a0alertes, depuis le début de 2025.")
    page.get_by_label("Source").select_option("zataz")
    expect(page.get_by_role("status")).to_have_text("1\u00a0alerte, depuis le début de 2025.")


def test_older_years_come_when_asked_for(page: Page) -> None:
    page.get_by_role("button", name="Ajouter l’année 2024").click()
    expect(page.get_by_role("status")).to_have_text("63\u00a0alertes, depuis le début de 2024.")
    expect(page.get_by_role("status")).to_be_focused()
    assert page.get_by_role("button", name="Ajouter").count() == 0


def test_a_period_reads_the_years_it_needs(page: Page) -> None:
    page.get_by_label("Depuis").select_option("2024-01")
    expect(page.get_by_role("status")).to_have_text("63\u00a0alertes, depuis le début de 2024.")
    page.get_by_label("Depuis").select_option("2025-08")
    expect(page.get_by_role("status")).to_have_text("30\u00a0alertes, depuis le début de 2024.")


def test_more_rows_keep_the_focus_where_they_begin(page: Page) -> None:
    page.get_by_role("button", name="Afficher plus d’alertes").click()
    expect(page.locator("tbody a").nth(50)).to_be_focused()
    assert page.locator("tbody tr").count() == 62


def test_clearing_forgets_the_choice(page: Page, address: str) -> None:
    page.get_by_label("Soin").check()
    expect(page.get_by_role("status")).to_contain_text("20")
    page.get_by_role("button", name="Tout effacer").click()
    expect(page.get_by_role("status")).to_have_text("62\u00a0alertes, depuis le début de 2025.")
    assert page.url == f"{address}alertes/"


def test_keyboard_alone_is_enough(page: Page) -> None:
    page.get_by_label("Priorité critique").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("31\u00a0alertes, depuis le début de 2025.")
    expect(page.get_by_label("Priorité critique")).to_be_focused()


def test_lists_that_cannot_be_read_leave_the_plain_page(
    browser_page: Page, watch: Watch, address: str
) -> None:
    watch.expected.append("Failed to load resource")
    browser_page.route("**/donnees/listes/2025.json", lambda route: route.fulfill(status=503))
    browser_page.goto(f"{address}alertes/")
    expect(browser_page.get_by_role("status")).to_contain_text("n’ont pas pu être lues")
    expect(browser_page.get_by_text("Toutes les listes")).to_be_visible()


def test_the_english_edition_speaks_english(browser_page: Page, address: str) -> None:
    browser_page.goto(f"{address}en/alertes/?niveau=secteur")
    expect(browser_page.get_by_role("status")).to_have_text("1\u00a0alert, since the beginning of 2025.")
    assert browser_page.locator("tbody a").inner_text() == "Trifouillis hospital hit"
    expect(browser_page.get_by_label("Family").locator("option")).to_have_text(["all", "monitor (0)"])


@pytest.mark.parametrize("dark", [False, True])
def test_the_narrowed_list_is_accessible(
    browser: Callable[..., Page], address: str, axe: Callable[[Page], list[str]], dark: bool
) -> None:
    page = browser(dark=dark)
    page.goto(f"{address}alertes/")
    expect(page.locator("form.facets")).to_be_visible()
    assert axe(page) == []
