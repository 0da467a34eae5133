"""Vigie's own server, the sample for nginx and the file for hosts of static sites say the same."""

import datetime
import gzip
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from publishing.headers import HEADERS, TYPES, headers_file, media_type
from publishing.serve import serve
from tests.conftest import NOW, ROOT

SAMPLE = ROOT / "docs" / "serving" / "nginx.conf"
LONG = "Un long texte.\n" * 200
FILES = (
    "index.html",
    "404.html",
    "en/404.html",
    "avis/index.html",
    "assets/vigie.css",
    "assets/vigie.js",
    "assets/vigie.svg",
    "flux/tout.xml",
    "flux/tout.atom",
    "flux/tout.json",
    "en/flux/tout.json",
    "flux/tout.opml",
    "donnees/x.json",
    "csaf/x.json.sha256",
    "vigie.zip",
    "x.png",
    "x.po",
    ".well-known/security.txt",
)
LISTS = ("ip.txt", "ip.txt.gz", "SHA256SUMS", "manifest.json")
ALWAYS = ("Content-Type", *HEADERS)
OF_FILES = ("Content-Encoding", "Vary")


def test_the_file_for_hosts_of_static_sites_is_up_to_date() -> None:
    assert (ROOT / "site" / "static" / "_headers").read_text("utf-8") == headers_file()


def test_the_policy_allows_nothing_written_into_pages_and_no_third_party() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy
    assert policy.startswith("default-src 'none'; ")


def test_a_folder_named_like_the_feeds_is_not_theirs() -> None:
    assert media_type("/avis/flux/x.json") == TYPES[".json"]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    for place in [*(f"site/{name}" for name in FILES), *(f"lists/{name}" for name in LISTS)]:
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{place}\n{LONG}", "utf-8")
    (folder / "site" / ".caché").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def ours(build: Path) -> Iterator[HTTPConnection]:
    server = serve(build, "127.0.0.1", 0)
    yield HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def nginx(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPSConnection]:
    """The sample, changed in nothing but paths and ports, in the smallest configuration around it."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin")
    if program is None:
        pytest.skip("no nginx on this machine (Debian: apt-get install nginx-light)")
    folder = tmp_path_factory.mktemp("nginx")
    _certificate(folder)
    port = _free_port()
    sample = _sample(build, folder, port)
    (folder / "nginx.conf").write_text(
        f"master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off;"
        f" client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};"
        f" uwsgi_temp_path {folder}; scgi_temp_path {folder};\n{sample}}}\n"
    )
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0 and "[warn]" not in tested.stderr, tested.stderr
    subprocess.run(command, capture_output=True, check=True)  # returns when it listens
    yield _client(port)
    subprocess.run([*command, "-s", "stop"], capture_output=True, check=True)


def _sample(build: Path, folder: Path, port: int) -> str:
    changes = {
        "listen 80;": f"listen 127.0.0.1:{_free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "/etc/ssl/vigie/": f"{folder}/",
        "/var/lib/vigie/build/": f"{build}/",
    }
    sample = SAMPLE.read_text("utf-8")
    for old, new in changes.items():
        assert old in sample
        sample = sample.replace(old, new)
    return sample


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "veille.example.org")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + datetime.timedelta(days=9999))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _client(port: int) -> HTTPSConnection:
    """Return a client that takes the server's certificate, which is nobody's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", port, timeout=10, context=context)


def _ask(client: HTTPConnection, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    client.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = client.getresponse()
    return response, response.read()


@pytest.mark.whole
@pytest.mark.parametrize("accepted", ["identity", "gzip"])
@pytest.mark.parametrize(
    "path",
    [f"/{name}" for name in FILES]
    + [f"/listes/{name}" for name in LISTS]
    + [
        "/",
        "/avis",
        "/avis/",
        "/absent",
        "/en/absent",
        "/.cach%C3%A9",
        "/.well-known/.x",
        "/listes/",
        "/assets/",
    ],
)
def test_nginx_with_the_sample_answers_as_vigie_does(
    ours: HTTPConnection, nginx: HTTPSConnection, path: str, accepted: str
) -> None:
    (expected, body), (response, sent) = (
        _ask(client, path, Accept_Encoding=accepted) for client in (ours, nginx)
    )
    assert (response.status, response.headers["Location"]) == (expected.status, expected.headers["Location"])
    compared = {200: (*ALWAYS, *OF_FILES), 404: ALWAYS, 301: tuple(HEADERS)}[expected.status]
    assert {name: response.headers[name] for name in compared} == {
        name: expected.headers[name] for name in compared
    }
    if expected.status != 301:
        assert _unpacked(response, sent) == _unpacked(expected, body)
    assert response.headers["Strict-Transport-Security"]


def _unpacked(response: HTTPResponse, body: bytes) -> bytes:
    return gzip.decompress(body) if response.headers["Content-Encoding"] == "gzip" else body


@pytest.mark.whole
def test_nginx_does_not_send_again_what_the_client_has(nginx: HTTPSConnection) -> None:
    tag = _ask(nginx, "/", Accept_Encoding="gzip")[0].headers["ETag"]
    response, body = _ask(nginx, "/", Accept_Encoding="gzip", If_None_Match=tag)
    assert (response.status, body) == (304, b"")
