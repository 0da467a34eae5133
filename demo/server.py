"""Play the recorded week back: `http://127.0.0.1:PORT/HOST/PATH` answers for `https://HOST/PATH`.

One setting, `fetch.mirror`, points the collectors here. Nothing listens beyond this machine.
"""

import hashlib
import json
import os
import sys
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

INDEX = "index.json"  # what an address that ends in "/" answers
TAXII = "application/taxii+json;version=2.1"
MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".rdf": "application/rdf+xml",
    ".rss": "application/rss+xml",
    ".xml": "application/xml",
}
PLAIN = "text/plain; charset=utf-8"
POLL = 0.05  # seconds until `shutdown` is noticed


def serve(root: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server that already answers on 127.0.0.1, from the files of `root/<host>/<path>`.

    Port 0 takes a free one; `server.server_port` says which. Stop it with `server.shutdown()` and
    `server.server_close()`. Raises `OSError` where the port is taken.
    """
    handler = type("WeekHandler", (_Handler,), {"root": root})
    server = _Server(("127.0.0.1", port), handler)
    Thread(target=server.serve_forever, args=(POLL,), name="demo-server", daemon=True).start()
    return server


def file_of(root: Path, target: str) -> Path | None:
    """Return the file that answers a request target `/host/path?query`, `None` where there is none.

    The query is ignored. A path with an empty, `.` or `..` segment, encoded or not, has no file, nor
    has one that leaves `root` through a symbolic link.
    """
    path = unquote(target.partition("?")[0].partition("#")[0], errors="replace")
    if path.endswith("/"):
        path += INDEX
    parts = path.split("/")[1:]
    if not path.startswith("/") or any(part in ("", ".", "..") or "\\" in part for part in parts):
        return None
    found = os.path.join(root, *parts)
    if not os.path.isfile(found):  # false, never an error, for a name that no file can have
        return None
    real = Path(os.path.realpath(found))
    return real if real.is_relative_to(os.path.realpath(root)) else None


def media_type(target: str, file: Path) -> str:
    """Return the media type of an answer; everything below a `/taxii2/` is TAXII 2.1."""
    if "/taxii2/" in target.partition("?")[0]:
        return TAXII
    kind = MEDIA_TYPES.get(file.suffix, PLAIN)
    if kind == PLAIN and file.read_bytes()[:5] == b"<?xml":
        return MEDIA_TYPES[".xml"]
    return kind


class _Server(ThreadingHTTPServer):
    """A server that takes a client's hanging up as nothing to report."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Report the current exception, unless the client broke the connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """Answer GET and HEAD, with validators and conditions (RFC 9110 § 8.8 and § 13)."""

    root: Path
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds an idle connection is kept

    def do_GET(self) -> None:
        """Answer with the file, or with 304, or with one JSON sentence."""
        file = file_of(self.root, self.path)
        if file is None:
            address = "https:/" + self.path.partition("?")[0]
            sentence = {"error": f"nothing was recorded for {address}; see demo/week/README.md"}
            body = json.dumps(sentence).encode()
            self._answer(HTTPStatus.NOT_FOUND, body, {"Content-Type": MEDIA_TYPES[".json"]})
            return
        body, modified = file.read_bytes(), int(file.stat().st_mtime)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Last-Modified": formatdate(modified, usegmt=True)}
        if self._unchanged(etag, modified):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", headers)
        else:
            headers["Content-Type"] = media_type(self.path, file)
            self._answer(HTTPStatus.OK, body, headers)

    do_HEAD = do_GET

    def _unchanged(self, etag: str, modified: int) -> bool:
        """Whether the client has this version; If-None-Match outranks the date (RFC 9110 § 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            names = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "*" in names or etag in names
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        return since.timestamp() >= modified

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the collectors report what they asked."""
