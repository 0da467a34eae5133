import gzip
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from publishing.serve import serve


@pytest.fixture
def build(tmp_path: Path) -> Path:
    site, lists = tmp_path / "site", tmp_path / "lists"
    (site / "avis").mkdir(parents=True)
    lists.mkdir()
    (site / "index.html").write_text("<h1>Accueil</h1>")
    (site / "avis" / "index.html").write_text("<h1>Avis</h1>")
    (site / ".caché").write_text("non")
    (lists / "manifest.json").write_text("{}")
    (lists / "ip.txt.gz").write_bytes(gzip.compress(b"192.0.2.1\n"))
    (tmp_path / "secret.txt").write_text("secret")
    (site / "lien").symlink_to(tmp_path / "secret.txt")
    return tmp_path


@pytest.fixture
def client(build: Path) -> Iterator[HTTPConnection]:
    server = serve(build, "127.0.0.1", 0)
    connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()


def ask(client: HTTPConnection, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    client.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = client.getresponse()
    return response, response.read()


def test_site_and_lists_are_served_with_their_types_and_headers(client: HTTPConnection) -> None:
    response, body = ask(client, "/")
    assert (response.status, body) == (200, b"<h1>Accueil</h1>")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    response, body = ask(client, "/listes/manifest.json?x=1")
    assert (response.status, body, response.headers["Content-Type"]) == (200, b"{}", "application/json")
    response, body = ask(client, "/listes/ip.txt.gz")
    assert gzip.decompress(body) == b"192.0.2.1\n"
    assert "Content-Encoding" not in response.headers


def test_what_the_client_has_is_not_sent_again(client: HTTPConnection) -> None:
    first, _ = ask(client, "/")
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": date}):
        response, body = ask(client, "/", **headers)
        assert (response.status, body) == (304, b"")
    for headers in ({"If_None_Match": '"autre"', "If_Modified_Since": date}, {"If_Modified_Since": "hier"}):
        assert ask(client, "/", **headers)[0].status == 200


def test_head_sends_the_length_and_no_body(client: HTTPConnection) -> None:
    response, body = ask(client, "/", "HEAD")
    assert (response.status, response.headers["Content-Length"], body) == (200, "16", b"")


def test_a_folder_redirects_to_itself_on_this_host(client: HTTPConnection) -> None:
    response, _ = ask(client, "/avis")
    assert (response.status, response.headers["Location"]) == (301, "/avis/")
    assert ask(client, "//avis")[0].headers["Location"] == "/avis/"
    assert ask(client, "/avis/")[0].status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/listes/../../secret.txt",
        "/listes/%2e%2e%2fsecret.txt",
        "/avis/..%5c..%5csecret.txt",
        "/lien",
        "/.cach%C3%A9",
        "/%00",
        "/%ff%fe",
        "/" + "a" * 5000,
        "//etc/passwd",
        "/listes/",
        "/index.html/x",
    ],
)
def test_nothing_outside_the_published_trees_is_read(client: HTTPConnection, path: str) -> None:
    response, body = ask(client, path)
    assert response.status == 404
    assert b"secret" not in body
    assert "Page introuvable" in body.decode()


def test_the_site_s_own_error_page_is_used(client: HTTPConnection, build: Path) -> None:
    (build / "site" / "404.html").write_text("<h1>Rien ici</h1>")
    response, body = ask(client, "/absent")
    assert (response.status, body) == (404, b"<h1>Rien ici</h1>")


def test_other_methods_are_refused(client: HTTPConnection) -> None:
    assert ask(client, "/", "POST")[0].status == 501


def test_a_new_edition_is_served_at_once(client: HTTPConnection, build: Path) -> None:
    (build / "site").rename(build / "old")
    (build / "new").mkdir()
    (build / "new" / "index.html").write_text("nouvelle édition")
    (build / "site").symlink_to("new", target_is_directory=True)
    assert ask(client, "/")[1].decode() == "nouvelle édition"
