"""Serve the published site and lists on this machine; a real web server does it in production."""

import logging
import os
import threading
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from publishing.compressing import LARGEST, SMALLEST, Body, Compressed, Version, accepts_gzip, entity_tag
from publishing.headers import HEADERS, TYPES, compressible, media_type

LISTS = "listes"  # where `<build>/lists` appears
WELL_KNOWN = ".well-known"  # the one served folder whose name begins with a dot (RFC 8615)
ERROR_PAGE = "404.html"  # of the site, and of each language's folder
IDLE_SECONDS = 30  # a silent connection is closed
CLOSING_SECONDS = 0.05  # `shutdown()` waits at most so long for the loop to notice

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
    handler = type("Handler", (_Handler,), {"build": build, "compressed": Compressed()})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    threading.Thread(
        target=server.serve_forever, args=(CLOSING_SECONDS,), name="vigie-serve", daemon=True
    ).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    """Answer GET and HEAD from two folders; everything else is refused by the base class."""

    build: Path
    compressed: Compressed
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
            file, path = file / "index.html", path + "index.html"
        kind = media_type(path)
        try:
            found = self._body(file, kind) if file is not None else None
        except OSError:
            found = None
        if found is None:
            self._not_found(path)
        else:
            self._answer(*found, kind)

    do_HEAD = do_GET

    def _file(self, path: str) -> Path | None:
        """Return the file or folder of a decoded URL path, `None` outside the published trees."""
        parts = [part for part in path.split("/") if part]
        named = parts[1:] if parts[:1] == [WELL_KNOWN] else parts
        if any(part.startswith(".") or "\\" in part or "\0" in part for part in named):
            return None
        folder = self.build / "site"
        if parts[:1] == [LISTS]:
            folder, parts = self.build / "lists", parts[1:]
        root = folder.resolve()
        try:
            file = root.joinpath(*parts).resolve()
            return file if file.is_relative_to(root) and file.exists() else None
        except OSError:  # a name longer than the file system takes
            return None

    def _body(self, file: Path, kind: str) -> tuple[Body, float]:
        """Return what is sent of a file, compressed where the client takes it, and when the file changed."""
        with file.open("rb") as stream:
            state = os.fstat(stream.fileno())
            version = Version(file, state.st_mtime_ns, state.st_size)
            packing = compressible(kind) and SMALLEST <= version.size <= LARGEST
            if not packing or not accepts_gzip(self.headers.get("Accept-Encoding", "")):
                content = stream.read()
                return Body(content, entity_tag(content)), state.st_mtime
            return self.compressed.get(version) or self.compressed.add(version, stream.read()), state.st_mtime

    def _answer(self, body: Body, changed_at: float, kind: str) -> None:
        """Send a file, or 304 where the client's copy is the same (RFC 9110 § 13.1)."""
        same = self._has(body.tag, int(changed_at))
        self.send_response(HTTPStatus.NOT_MODIFIED if same else HTTPStatus.OK)
        self.send_header("ETag", body.tag)
        self.send_header("Last-Modified", formatdate(int(changed_at), usegmt=True))
        if compressible(kind):
            self.send_header("Vary", "Accept-Encoding")
        if body.encoding:
            self.send_header("Content-Encoding", body.encoding)
        self._finish(body.content, kind, with_body=not same)

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

    def _not_found(self, path: str) -> None:
        """Send the error page in the language of the wrong address, as far as there is one."""
        site = self.build / "site"
        folder = path.lstrip("/").partition("/")[0]
        pages = [site / ERROR_PAGE]
        if len(folder) == 2 and folder.isalpha():
            pages.insert(0, site / folder / ERROR_PAGE)
        body = next((page.read_bytes() for page in pages if page.is_file()), NOT_FOUND)
        self.send_response(HTTPStatus.NOT_FOUND)
        self._finish(body, TYPES[".html"])

    def _redirect(self, path: str) -> None:
        """Send the client to the folder, on this host whatever the path begins with."""
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", f"/{path}/")
        self._finish(b"", TYPES[".html"])

    def _finish(self, body: bytes, kind: str, *, with_body: bool = True) -> None:
        """End the headers, then send the body, which HEAD and 304 leave out (RFC 9110 § 8.6)."""
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body and self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Hand the request line to the log instead of standard error."""
        _log.debug("answered: %s", format % args)
