"""Ask proxies: an origin that answers everything, and requests that say whether they were let through."""

import http.client
import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from records import Observable, ObservableType

NETWORKS = frozenset({ObservableType.IPV4_NET, ObservableType.IPV6_NET})
ADDRESSES = NETWORKS | {ObservableType.IPV4, ObservableType.IPV6}


class _Origin(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer anything."""
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def origin() -> Iterator[int]:
    """Run a server that answers everything; give its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Origin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def address_in(item: Observable) -> str:
    """Return an address that an item is or holds."""
    if item.type in NETWORKS:
        return str(ipaddress.ip_network(item.value)[1])
    return item.value


def url_of(item: Observable) -> str:
    """Return an address to fetch that shows an item."""
    if item.type is ObservableType.URL:
        return item.value
    if item.type in ADDRESSES:
        address = address_in(item)
        return f"http://[{address}]/" if ":" in address else f"http://{address}/"
    return f"http://{item.value}/"


def status(port: int, url: str, *, through_proxy: bool, headers: dict[str, str] | None = None) -> int:
    """Ask 127.0.0.1 for a URL, as a proxy or as the site itself, and return the status."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    path = url[len(f"{parts.scheme}://{parts.netloc}") :] or "/"
    connection.putrequest("GET", url if through_proxy else path, skip_host=True)
    for name, value in {"Host": parts.netloc, **(headers or {})}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
