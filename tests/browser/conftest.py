"""What tests in a real browser share: Chromium, a server with the real headers, pages that are watched."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from publishing.serve import serve
from tests.browser.audit import AXE, violations
from tests.browser.watching import CHROMIUM, Watch, launched


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests with a browser in one process: Playwright's loop would be in the way of others' loops."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of this folder; its event loop must not outlive them."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Serve `served(site, lists=None)` on loopback as `vigie serve` does; returns the address, ending in `/`."""
    with ExitStack() as stack:

        def start(site: Path, lists: Path | None = None) -> str:
            build = tmp_path_factory.mktemp("served")
            (build / "site").symlink_to(site.resolve(), target_is_directory=True)
            if lists is not None:
                (build / "lists").symlink_to(lists.resolve(), target_is_directory=True)
            server = serve(build, "127.0.0.1", 0)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/"

        yield start


@pytest.fixture
def watch(chromium: Browser) -> Iterator[Watch]:
    """Opens pages; the test fails at its end if one of them erred or asked another host for anything."""
    watch = Watch(chromium)
    yield watch
    watch.close()
    assert not watch.troubles, "\n".join(dict.fromkeys(watch.troubles))


@pytest.fixture
def browser(watch: Watch) -> Callable[..., Page]:
    """`browser(dark=False, width=1440, script=True)` opens a watched page."""
    return watch.page


@pytest.fixture
def browser_page(watch: Watch) -> Page:
    """One watched page, light, 1440 px wide."""
    return watch.page()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """`axe(page)` returns a line for each rule of WCAG 2.2 AA that the page breaks."""
    if not AXE.is_file():
        pytest.skip("no axe-core here: npm ci --prefix tests/browser")
    return violations
