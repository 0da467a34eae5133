"""The watch over pages sees what it is there to see."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.watching import Watch

pytestmark = pytest.mark.whole

FINE = '<!doctype html><html lang="fr"><title>Page</title><main><h1>Page</h1>{}</main></html>'


@pytest.fixture
def opened(
    tmp_path: Path, chromium: Browser, served: Callable[..., str]
) -> Callable[[str], tuple[Page, Watch]]:
    def open_page(body: str) -> tuple[Page, Watch]:
        (tmp_path / "index.html").write_text(FINE.replace("{}", body), "utf-8")
        watch = Watch(chromium)
        page = watch.page()
        page.goto(served(tmp_path), wait_until="networkidle")
        return page, watch

    return open_page


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<script>document.title = 'x'</script>", "Content Security Policy"),
        ('<p style="color: red">x</p>', "Content Security Policy"),
        ('<script src="absent.js"></script>', "404"),
        ('<img alt="" src="http://tiers.example/pixel.png">', "another host"),
    ],
)
def test_what_a_page_may_not_do_is_noted(
    opened: Callable[[str], tuple[Page, Watch]], body: str, seen: str
) -> None:
    _, watch = opened(body)
    watch.close()
    assert any(seen in trouble for trouble in watch.troubles), watch.troubles


def test_an_error_in_a_script_is_noted(tmp_path: Path, opened: Callable[[str], tuple[Page, Watch]]) -> None:
    (tmp_path / "x.js").write_text("throw new Error('perdu')")
    _, watch = opened('<script src="x.js"></script>')
    watch.close()
    assert any("perdu" in trouble for trouble in watch.troubles), watch.troubles


def test_axe_finds_what_is_wrong_and_nothing_else(
    opened: Callable[[str], tuple[Page, Watch]], axe: Callable[[Page], list[str]]
) -> None:
    page, watch = opened("<p>Rien à redire.</p>")
    assert axe(page) == []
    page, watch = opened('<img src="absent.png"><label>x</label><input>')
    assert any(line.startswith("image-alt (1)") for line in axe(page))
    watch.close()
