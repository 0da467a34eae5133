import gzip
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from publishing.compressing import Compressed, Version
from publishing.headers import HEADERS
from publishing.serve import serve

LONG = b"<p>Un long texte.</p>\n" * 200


@pytest.fixture
def build(tmp_path: Path) -> Path:
    site, lists = tmp_path / "site", tmp_path / "lists"
    (site / "avis").mkdir(parents=True)
    lists.mkdir()
    (site / "index.html").write_text("<h1>Accueil</h1>")
    (site / "avis" / "index.html").write_text("<h1>Avis</h1>")
    (site / ".caché").write_text("non")
    for folder in (site / ".well-known", site / "avis" / ".well-known", lists / ".well-known"):
        folder.mkdir()
    for hidden in (".well-known/.caché", "avis/.well-known/x.txt", "../lists/.well-known/x.txt"):
        (site / hidden).write_text("secret")
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
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    response, body = ask(client, "/listes/manifest.json?x=1")
    assert (response.status, body, response.headers["Content-Type"]) == (200, b"{}", "application/json")
    response, body = ask(client, "/listes/ip.txt.gz", Accept_Encoding="gzip")
    assert gzip.decompress(body) == b"192.0.2.1\n"
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    "accepted", ["gzip", "br, GZIP;q=0.5", "*", "identity;q=0, *;q=0.1", "x-gzip", "gzip; q=1.0"]
)
def test_a_client_that_takes_gzip_gets_it(client: HTTPConnection, build: Path, accepted: str) -> None:
    (build / "site" / "long.html").write_bytes(LONG)
    for _ in range(2):
        response, body = ask(client, "/long.html", Accept_Encoding=accepted)
        assert (response.status, response.headers["Content-Encoding"]) == (200, "gzip")
        assert gzip.decompress(body) == LONG
        assert response.headers["Content-Length"] == str(len(body))
        assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accepted", ["", "br", "gzip;q=0", "*;q=0, br", "gzip;q=x", "gzip;q=0, *", "identity"]
)
def test_a_client_that_does_not_take_gzip_gets_the_file(
    client: HTTPConnection, build: Path, accepted: str
) -> None:
    (build / "site" / "long.html").write_bytes(LONG)
    response, body = ask(client, "/long.html", Accept_Encoding=accepted)
    assert (body, response.headers["Content-Encoding"]) == (LONG, None)
    assert response.headers["Vary"] == "Accept-Encoding"


def test_short_files_and_packed_ones_are_sent_as_they_are(client: HTTPConnection, build: Path) -> None:
    (build / "site" / "point.png").write_bytes(b"x" * 5000)
    for path in ("/", "/point.png"):
        assert ask(client, path, Accept_Encoding="gzip")[0].headers["Content-Encoding"] is None
    assert ask(client, "/point.png")[0].headers["Vary"] is None


def test_each_encoding_has_its_own_tag(client: HTTPConnection, build: Path) -> None:
    (build / "site" / "long.html").write_bytes(LONG)
    packed = ask(client, "/long.html", Accept_Encoding="gzip")[0].headers["ETag"]
    plain = ask(client, "/long.html")[0].headers["ETag"]
    assert packed != plain
    asked = {"Accept_Encoding": "gzip", "If_None_Match": packed}
    response, body = ask(client, "/long.html", **asked)
    assert (response.status, body, response.headers["ETag"]) == (304, b"", packed)
    assert response.headers["Vary"] == "Accept-Encoding"
    assert ask(client, "/long.html", If_None_Match=packed)[0].status == 200


def test_a_changed_file_is_compressed_again(client: HTTPConnection, build: Path) -> None:
    (build / "site" / "long.html").write_bytes(LONG)
    ask(client, "/long.html", Accept_Encoding="gzip")
    (build / "site" / "long.html").write_bytes(LONG + b"nouveau")
    _, body = ask(client, "/long.html", Accept_Encoding="gzip")
    assert gzip.decompress(body) == LONG + b"nouveau"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("flux/tout.xml", "application/xml; charset=utf-8"),
        ("flux/tout.atom", "application/atom+xml; charset=utf-8"),
        ("flux/editeur/x.json", "application/feed+json"),
        ("en/flux/tout.json", "application/feed+json"),
        ("donnees/flux/x.json", "application/json"),
        ("flux/tout.opml", "text/x-opml; charset=utf-8"),
        ("mots/en.po", "application/octet-stream"),
        (".well-known/security.txt", "text/plain; charset=utf-8"),
        (".well-known/csaf/provider-metadata.json", "application/json"),
    ],
)
def test_files_have_the_media_type_of_their_place(
    client: HTTPConnection, build: Path, path: str, kind: str
) -> None:
    file = build / "site" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    response, body = ask(client, f"/{path}")
    assert (response.status, body, response.headers["Content-Type"]) == (200, b"x", kind)


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
        "/.well-known/.cach%C3%A9",
        "/.well-known/../.cach%C3%A9",
        "/.well-known/%2e%2e/%2e%2e/secret.txt",
        "/avis/.well-known/x.txt",
        "/listes/.well-known/x.txt",
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
    assert ask(client, "/en/absent")[1] == b"<h1>Rien ici</h1>"


def test_a_wrong_english_address_is_answered_in_english(client: HTTPConnection, build: Path) -> None:
    (build / "site" / "404.html").write_text("<h1>Rien ici</h1>")
    (build / "site" / "en").mkdir()
    (build / "site" / "en" / "404.html").write_text("<h1>Nothing here</h1>")
    for path, page in (("/en/x", b"<h1>Nothing here</h1>"), ("/enx", b"<h1>Rien ici</h1>")):
        response, body = ask(client, path)
        assert (response.status, body) == (404, page)


def test_other_methods_are_refused(client: HTTPConnection) -> None:
    assert ask(client, "/", "POST")[0].status == 501


def test_a_new_edition_is_served_at_once(client: HTTPConnection, build: Path) -> None:
    (build / "site").rename(build / "old")
    (build / "new").mkdir()
    (build / "new" / "index.html").write_text("nouvelle édition")
    (build / "site").symlink_to("new", target_is_directory=True)
    assert ask(client, "/")[1].decode() == "nouvelle édition"


def test_compressed_bodies_are_remembered_up_to_a_size(tmp_path: Path) -> None:
    noise = [bytes(hash((number, place)) % 256 for place in range(400)) for number in range(3)]
    versions = [Version(tmp_path / str(number), 0, 400) for number in range(3)]
    kept = Compressed(kept=1_000)
    bodies = [kept.add(version, content) for version, content in zip(versions, noise, strict=True)]
    assert [kept.get(version) for version in versions] == [None, *bodies[1:]]
    assert kept.get(Version(versions[2].path, 1, 400)) is None
    assert Compressed(kept=10).add(versions[0], noise[0]) == bodies[0]
