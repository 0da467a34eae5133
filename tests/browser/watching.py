"""A real Chromium that notes what a page does that no page of ours may do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    sync_playwright,
)

CHROMIUM = shutil.which("chromium")
OWN_HOSTS = ("127.0.0.1", "localhost", "")
ARGUMENTS = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost")
SECONDS = 15


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a running Chromium, Debian's; raises `FileNotFoundError` where it is not installed."""
    if CHROMIUM is None:
        raise FileNotFoundError("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Watch:
    """Opens pages and keeps a note of each error and each request to another host.

    A console error is not noted where its text, or the address behind it, contains one of `expected`.
    """

    chromium: Browser
    expected: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, *, dark: bool = False, width: int = 1440, script: bool = True) -> Page:
        """Open an empty page of a reader who was never here before."""
        context = self.chromium.new_context(
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        context.set_default_timeout(SECONDS * 1000)
        context.on("request", self._note_request)
        context.on("console", self._note_message)
        context.on("weberror", self._note_error)
        self.contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        """Close every page opened."""
        while self.contexts:
            self.contexts.pop().close()

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in OWN_HOSTS:
            self.troubles.append(f"a request to another host: {request.url}")

    def _note_error(self, error: WebError) -> None:
        self.troubles.append(f"error in a script: {error.error} ({error.page.url if error.page else ''})")

    def _note_message(self, message: ConsoleMessage) -> None:
        line = f"console error: {message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(words in line for words in self.expected):
            self.troubles.append(line)
