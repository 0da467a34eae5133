"""The loopback server of the recorded week: what it answers, and what it never gives away."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from demo.server import file_of, serve

FEED = "/feeds.example/rss"
BODY = b'<?xml version="1.0"?><rss version="2.0"/>'
MODIFIED = 1_752_998_400  # 20 July 2025, 08:00 UTC


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small week, with a secret beside it."""
    root = tmp_path / "week"
    files = {
        "feeds.example/rss": BODY,
        "cert.example/avis/json/index.json": b"[]",
        "taxii.example/taxii2/index.json": b"{}",
        "epss.example/scores.csv.gz": b"\x1f\x8b",
        "lists.example/été.txt": b"192.0.2.1\n",
    }
    for name, body in files.items():
        file = root / name
        file.parent.mkdir(parents=True)
        file.write_bytes(body)
    os.utime(root / "feeds.example/rss", (MODIFIED, MODIFIED))
    (tmp_path / "secret").write_text("not for anyone")
    return root


@pytest.fixture
def server(root: Path) -> Iterator[ThreadingHTTPServer]:
    """The server of that week."""
    server = serve(root)
    yield server
    server.shutdown()
    server.server_close()


def ask(
    server: ThreadingHTTPServer, target: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Ask for exactly `target`, without any clean-up by the client."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    try:
        connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_only_this_machine_is_served(server: ThreadingHTTPServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_a_document_has_validators_and_its_length(server: ThreadingHTTPServer) -> None:
    status, headers, body = ask(server, FEED)
    assert (status, body) == (200, BODY)
    assert headers["ETag"].startswith('"')
    assert headers["Last-Modified"] == "Sun, 20 Jul 2025 08:00:00 GMT"
    assert headers["Content-Length"] == str(len(BODY))


def test_a_query_does_not_change_the_answer(server: ThreadingHTTPServer) -> None:
    assert ask(server, f"{FEED}?page=2")[2] == BODY


def test_an_address_ending_in_a_slash_answers_its_index(server: ThreadingHTTPServer) -> None:
    assert ask(server, "/cert.example/avis/json/")[2] == b"[]"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (FEED, "application/xml"),
        ("/cert.example/avis/json/", "application/json"),
        ("/taxii.example/taxii2/", "application/taxii+json;version=2.1"),
        ("/epss.example/scores.csv.gz", "application/gzip"),
        ("/lists.example/%C3%A9t%C3%A9.txt", "text/plain; charset=utf-8"),
    ],
)
def test_the_media_type_is_the_documents(server: ThreadingHTTPServer, target: str, expected: str) -> None:
    assert ask(server, target)[1]["Content-Type"] == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": "{etag}"},
        {"If_None_Match": 'W/"other", W/{etag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": "Sun, 20 Jul 2025 08:00:00 GMT"},
        {"If_None_Match": "{etag}", "If_Modified_Since": "Sat, 19 Jul 2025 08:00:00 GMT"},
    ],
)
def test_a_client_that_has_it_gets_304(server: ThreadingHTTPServer, headers: dict[str, str]) -> None:
    etag = ask(server, FEED)[1]["ETag"]
    status, answered, body = ask(server, FEED, **{k: v.format(etag=etag) for k, v in headers.items()})
    assert (status, body) == (304, b"")
    assert answered["ETag"] == etag


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": "Mon, 21 Jul 2025 08:00:00 GMT"},
        {"If_Modified_Since": "Sat, 19 Jul 2025 08:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
    ],
)
def test_a_client_with_another_version_gets_the_document(
    server: ThreadingHTTPServer, headers: dict[str, str]
) -> None:
    assert ask(server, FEED, **headers)[0] == 200


def test_a_changed_document_has_another_tag(server: ThreadingHTTPServer, root: Path) -> None:
    before = ask(server, FEED)[1]["ETag"]
    (root / "feeds.example/rss").write_bytes(BODY + b"\n")
    assert ask(server, FEED, If_None_Match=before)[0] == 200


def test_head_answers_headers_only(server: ThreadingHTTPServer) -> None:
    status, headers, body = ask(server, FEED, method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(BODY)))


def test_a_missing_address_is_one_sentence(server: ThreadingHTTPServer) -> None:
    status, headers, body = ask(server, "/feeds.example/atom?x=1")
    assert (status, headers["Content-Type"]) == (404, "application/json")
    assert "https://feeds.example/atom;" in json.loads(body)["error"]


@pytest.mark.parametrize(
    "target",
    [
        "/../secret",
        "/feeds.example/../../secret",
        "/%2e%2e/secret",
        "/feeds.example/%2e%2e%2f%2e%2e%2fsecret",
        "/feeds.example/..%2f..%2fsecret",
        "/feeds.example/..\\..\\secret",
        "//etc/passwd",
        "/./feeds.example/rss",
        "/feeds.example/rss%00",
        "/feeds.example/" + "a" * 5000,
        "/feeds.example",
        "/",
    ],
)
def test_no_path_leaves_the_week(server: ThreadingHTTPServer, target: str) -> None:
    assert ask(server, target)[0] == 404


def test_a_link_out_of_the_week_is_not_followed(server: ThreadingHTTPServer, root: Path) -> None:
    (root / "feeds.example/file").symlink_to(root.parent / "secret")
    (root / "feeds.example/folder").symlink_to(root.parent, target_is_directory=True)
    (root / "feeds.example/loop").symlink_to("loop")
    for name in ("file", "folder/secret", "loop"):
        assert ask(server, f"/feeds.example/{name}")[0] == 404


def test_a_link_within_the_week_is_followed(root: Path) -> None:
    (root / "feeds.example/latest").symlink_to("rss")
    assert file_of(root, "/feeds.example/latest") == (root / "feeds.example/rss").resolve()


def test_the_access_log_is_silent(server: ThreadingHTTPServer, capfd: pytest.CaptureFixture[str]) -> None:
    ask(server, FEED)
    ask(server, "/nothing")
    assert capfd.readouterr() == ("", "")


def test_a_client_that_hangs_up_is_no_news(
    server: ThreadingHTTPServer, capfd: pytest.CaptureFixture[str]
) -> None:
    (request, client), address = socket.socketpair(), ("127.0.0.1", 1)
    with request, client:
        for error in (ConnectionResetError, BrokenPipeError):
            try:
                raise error
            except ConnectionError:
                server.handle_error(request, address)
        assert capfd.readouterr() == ("", "")
        try:
            raise ValueError("a fault of ours")
        except ValueError:
            server.handle_error(request, address)
    assert "a fault of ours" in capfd.readouterr().err
