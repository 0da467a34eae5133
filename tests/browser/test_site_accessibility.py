"""Every kind of page of the demonstration, as a reader with a keyboard, a small screen or the dark meets it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from demo.__main__ import play
from publishing.checks import broken_links
from tests.browser.page_types import page_types
from tests.browser.watching import Watch

pytestmark = [pytest.mark.whole, pytest.mark.xdist_group("browser")]

WIDTHS = (390, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OWN_SCRIPTS = "script[src]:not([src$='/vigie.js'], [src$='/scheme.js'])"
TABS = 60  # more than any header has stops

# One element of each look that the keyboard reaches, and that looks the same with the focus as without.
FOCUS_UNSEEN = """() => {
  const look = element => {
    const style = getComputedStyle(element);
    const outline = style.outlineStyle === 'none' ? '' : style.outlineStyle + style.outlineWidth + style.outlineColor;
    return [outline, style.boxShadow, style.borderColor, style.backgroundColor].join('|');
  };
  const both = element => look(element) + look(element.parentElement);
  const alike = new Map();
  for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
    const part = one.closest('header, main, footer');
    const key = [one.tagName, one.className, one.parentElement.tagName, part && part.tagName].join(' ');
    if (one.offsetParent && !one.disabled && !alike.has(key)) alike.set(key, one);
  }
  return [...alike.values()].filter(one => {
    document.activeElement.blur();
    const before = both(one);
    one.focus();
    return document.activeElement === one && both(one) === before;
  }).map(one => one.outerHTML.slice(0, 120));
}"""
FOCUSED_IN = """() => ['#contenu', '.skip', 'form[role=search]', 'nav', 'summary', 'header', 'footer']
  .find(place => document.activeElement.closest(place)) || ''"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > width + 1)
    .slice(0, 3).map(one => one.tagName + '.' + one.className);
}"""


@dataclass(frozen=True)
class Demo:
    """The demonstration's site: its folder, where it is served, one address of each kind of page."""

    tree: Path
    address: str
    pages: list[str]


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory, served: Callable[..., str]) -> Demo:
    build = tmp_path_factory.mktemp("demo")
    play(build)
    tree = build / "site"
    return Demo(tree, served(tree, build / "lists"), page_types(tree))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_kind_of_page_meets_wcag_and_fits(
    demo: Demo, browser: Callable[..., Page], axe: Callable[[Page], list[str]], width: int
) -> None:
    page = browser(width=width)
    problems: list[str] = []
    for place in demo.pages:
        _open(page, demo.address + place)
        found = [f"wider than the screen: {one}" for one in page.evaluate(TOO_WIDE)]
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{scheme}: {line}" for line in axe(page)]
        problems += [f"/{place}: {line}" for line in found]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_reaches_skip_link_menu_search_and_content(
    demo: Demo, browser: Callable[..., Page], width: int
) -> None:
    page = browser(width=width)
    problems: list[str] = []
    for place in demo.pages:
        _open(page, demo.address + place)
        problems += [f"/{place}: {line}" for line in _keyboard_problems(page)]
    assert not problems, "\n".join(problems)


def _open(page: Page, address: str) -> None:
    """Open a page, and wait for what its own scripts load, where it has any beside the shared ones."""
    page.goto(address)
    if page.locator(OWN_SCRIPTS).count():
        page.wait_for_load_state("networkidle")


def _keyboard_problems(page: Page) -> list[str]:
    """Take the short way into the content, then tab there through the header; look at the focus last."""
    page.keyboard.press("Tab")
    problems = [] if page.evaluate(FOCUSED_IN) == ".skip" else ["the first stop is not the skip link"]
    page.keyboard.press("Enter")
    if not page.evaluate("document.activeElement.matches('#contenu')"):
        problems.append("the skip link does not lead to the content")
    page.reload()
    passed: set[str] = set()
    for _ in range(TABS):
        page.keyboard.press("Tab")
        passed.add(page.evaluate(FOCUSED_IN))
        if passed & {"#contenu", "footer"}:
            break
    ways = ({"form[role=search]"}, {"nav", "summary"}, {"#contenu", "footer"})
    problems += [f"not reached by Tab: {' or '.join(sorted(way))}" for way in ways if not way & passed]
    return problems + [f"the focus is not seen: {one}" for one in page.evaluate(FOCUS_UNSEEN)]


def test_pages_make_sense_without_scripts(demo: Demo, browser: Callable[..., Page]) -> None:
    page = browser(script=False)
    for place in demo.pages:
        page.goto(demo.address + place)
        assert len(page.inner_text("main h1").strip()) > 2, place
        assert len(page.inner_text("main").split()) > 10, place


def test_the_page_of_a_wrong_address_is_whole_at_any_depth(demo: Demo, watch: Watch) -> None:
    page = watch.page()
    for place in ("absent", "avis/2025/absent/", "en/avis/2025/absent/x"):
        watch.expected.append(f"({demo.address}{place})")
        answer = page.goto(demo.address + place)
        assert answer is not None and answer.status == 404
        links = page.locator('header a[href]:not([href^="tel:"])').evaluate_all(
            "links => links.map(one => one.href)"
        )
        assert links and all(page.request.get(link).ok for link in links), place


def test_every_link_of_the_site_leads_somewhere(demo: Demo) -> None:
    assert broken_links(demo.tree, "http://127.0.0.1:8000/") == []
