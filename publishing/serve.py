"""Serve the published site and lists on this machine; a real web server does it in production."""

import logging
import threading
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

LISTS = "listes"  # where `<build>/lists` appears
IDLE_SECONDS = 30  # a silent connection is closed

HEADERS = {
    # What Material needs, and no more: four inline scripts a page, inline styles, icons as data.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # keep, but ask each time: the next edition is minutes away
}

TYPES = {
    "": "text/plain; charset=utf-8",  # SHA256SUMS
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
}

NOT_FOUND = (
    '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Page introuvable</title>'
    "<h1>Page introuvable</h1><p>Cette adresse ne mène à rien. Si le site vient d’être installé, sa première"
    ' édition n’est peut-être pas encore publiée.</p><p><a href="/">Revenir à l’accueil</a></p></html>'
).encode()

_log = logging.getLogger(__name__)


def serve(build: Path, host: str, port: int) -> ThreadingHTTPServer:
    """Start serving `<build>/site` at `/` and `<build>/lists` at `/listes/`; return at once.

    Port 0 takes a free one, see `server_address`. Requests are answered in threads that end with the
    process; `shutdown()` then `server_close()` end it sooner. Raises `OSError` where the port is taken.
    """
    handler = type("Handler", (_Handler,), {"build": build})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="vigie-serve", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    """Answer GET and HEAD from two folders; everything else is refused by the base class."""

    build: Path
    protocol_version = "HTTP/1.1"
    server_version = "Vigie"
    sys_version = ""
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        """Answer with the file, a redirection to its folder, 304 or 404."""
        path = unquote(urlsplit(self.path).path)
        file = self._file(path)
        if file is not None and file.is_dir():
            if not path.endswith("/"):
                self._redirect(urlsplit(self.path).path.lstrip("/"))
                return
            file = file / "index.html"
        try:
            body = file.read_bytes() if file is not None else None
            changed_at = file.stat().st_mtime if file is not None else 0.0
        except OSError:
            body = None
        if file is None or body is None:
            self._not_found()
            return
        self._answer(body, TYPES.get(file.suffix, "application/octet-stream"), changed_at)

    do_HEAD = do_GET

    def _file(self, path: str) -> Path | None:
        """Return the file or folder of a decoded URL path, `None` outside the published trees."""
        parts = [part for part in path.split("/") if part]
        folder = self.build / "site"
        if parts[:1] == [LISTS]:
            folder, parts = self.build / "lists", parts[1:]
        if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            return None
        root = folder.resolve()
        try:
            file = root.joinpath(*parts).resolve()
            return file if file.is_relative_to(root) and file.exists() else None
        except OSError:  # a name longer than the file system takes
            return None

    def _answer(self, body: bytes, media_type: str, changed_at: float) -> None:
        """Send a file, or 304 where the client's copy is the same (RFC 9110 § 13.1)."""
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        same = self._has(tag, int(changed_at))
        self.send_response(HTTPStatus.NOT_MODIFIED if same else HTTPStatus.OK)
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", formatdate(int(changed_at), usegmt=True))
        self._finish(body, media_type, with_body=not same)

    def _has(self, tag: str, changed_at: int) -> bool:
        """Whether the request says that the client holds this version; If-None-Match decides first."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or tag in (item.strip().removeprefix("W/") for item in tags.split(","))
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
            return changed_at <= since.timestamp()
        except (ValueError, OverflowError):
            return False

    def _not_found(self) -> None:
        page = self.build / "site" / "404.html"
        self.send_response(HTTPStatus.NOT_FOUND)
        self._finish(page.read_bytes() if page.is_file() else NOT_FOUND, TYPES[".html"])

    def _redirect(self, path: str) -> None:
        """Send the client to the folder, on this host whatever the path begins with."""
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", f"/{path}/")
        self._finish(b"", TYPES[".html"])

    def _finish(self, body: bytes, media_type: str, *, with_body: bool = True) -> None:
        """End the headers, then send the body, which HEAD and 304 leave out (RFC 9110 § 8.6)."""
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body and self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Hand the request line to the log instead of standard error."""
        _log.debug("answered: %s", format % args)
