"""A folder, an SFTP server and an S3 store get the files of a release: those that changed, and no other."""

import hashlib
import hmac
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from records import TLP
from sharing.push.kinds import s3
from sharing.push.targets import Target
from tests.sharing.push.answering import Answered, Asked, answering
from tests.sharing.push.conftest import SECRET, House, Story, row

Tree = Callable[[], dict[str, bytes]]


def tree_of(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@dataclass
class Bucket:
    """An S3 store that recomputes every signature as AWS documents it, and keeps what was put."""

    objects: dict[str, bytes] = field(default_factory=dict)
    secret: str = "s3cr3t/+"

    def answer(self, asked: Asked) -> Answered:
        scheme, _, rest = asked.headers["authorization"].partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(", "))
        names = parts["SignedHeaders"].split(";")
        digest = hashlib.sha256(asked.body).hexdigest()
        said = [f"{name}:{asked.headers[name]}" for name in names]
        canonical = "\n".join([asked.method, asked.path, "", *said, "", ";".join(names), digest])
        user, day, region, service, end = parts["Credential"].split("/")
        scope, hashed = f"{day}/{region}/{service}/{end}", hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", asked.headers["x-amz-date"], scope, hashed])
        key = b"AWS4" + self.secret.encode()
        for part in (day, region, service, end, text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        if (scheme, user, parts["Signature"]) != ("AWS4-HMAC-SHA256", "AKID", key.hex()):
            return Answered(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        name = unquote(asked.path).removeprefix("/listes/v 1/")
        if asked.method == "PUT":
            self.objects[name] = asked.body
        else:
            self.objects.pop(name, None)
        return Answered(200 if asked.method == "PUT" else 204)


def bucket(address: str) -> Target:
    return Target(name="s3", kind="s3", url=f"{address}/listes/v%201", user="AKID", secret="s3cr3t/+")


def folder(path: Path) -> Target:
    path.mkdir(exist_ok=True)
    return Target(name="dossier", kind="folder", url=str(path))


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def sftp_server(work: Path) -> Iterator[Target]:
    """Run Debian's sshd on loopback with throw-away keys, for SFTP only."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    if sshd is None or not shutil.which("sftp"):
        pytest.skip("no sshd or no sftp here: install openssh-server and openssh-client")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(work / name)], check=True)
    (work / "authorized").write_text((work / "user.pub").read_text())
    port = _port()
    settings = {
        "Port": str(port),
        "ListenAddress": "127.0.0.1",
        "HostKey": str(work / "host"),
        "AuthorizedKeysFile": str(work / "authorized"),
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "Subsystem": "sftp internal-sftp",
        "ForceCommand": "internal-sftp",
    }
    (work / "sshd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # its privilege separation wants it
    host = (work / "host.pub").read_text().split()
    (work / "known").write_text(f"[127.0.0.1]:{port} {host[0]} {host[1]}\n")
    (work / "ici").mkdir()
    server = subprocess.Popen([sshd, "-D", "-e", "-f", str(work / "sshd.conf")], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        yield Target(
            name="sftp",
            kind="sftp",
            url=f"sftp://127.0.0.1:{port}{work / 'ici'}",
            user=pwd.getpwuid(os.geteuid()).pw_name,
            key_file=work / "user",
            known_hosts=work / "known",
        )
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if server.poll() is not None:
            pytest.skip(f"sshd does not start here (exit code {server.returncode})")
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.skip("sshd does not answer here")


@pytest.fixture(params=["folder", "s3", pytest.param("sftp", marks=pytest.mark.whole)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Target, Tree]]:
    """One store of each kind, and what it holds."""
    place = tmp_path / "store"
    place.mkdir()
    if request.param == "folder":
        yield folder(place), lambda: tree_of(place)
    elif request.param == "s3":
        kept = Bucket()
        with answering(kept.answer) as site:
            yield bucket(site.address), lambda: dict(kept.objects)
    else:
        with sftp_server(place) as target:
            yield target, lambda: tree_of(place / "ici")


def test_a_store_holds_the_release_then_what_changes(house: House, store: tuple[Target, Tree]) -> None:
    target, held = store
    target = replace(target, tlp=TLP.AMBER)
    house.release(row("a.example.org"), row("b.example.org"))
    told, error = house.one(target)
    published = tree_of(house.published.resolve())
    assert not error and held() == published and told == {"added": len(published)}
    assert house.one(target) == ({}, "")
    house.release(row("b.example.org"))
    told, error = house.one(target)
    published = tree_of(house.published.resolve())
    assert not error and held() == published
    assert told["changed"] < len(published) / 2


def test_a_store_never_sees_what_is_above_its_ceiling(
    store: tuple[Target, Tree], secret_story: Story
) -> None:
    target, held = store
    secret_story(target)
    found = held()
    assert "clair/domains.txt" in found and "manifest.json" in found
    assert not any(SECRET.encode() in body for body in found.values())
    assert not any(name.startswith("deltas/") or name == "indicators.ndjson" for name in found)


def test_chosen_files_only(house: House, store: tuple[Target, Tree]) -> None:
    target, held = store
    house.release(row("a.example.org"))
    assert not house.one(replace(target, files=("clair/*",)))[1]
    assert {name.split("/")[0] for name in held()} == {"clair", "manifest.json", "SHA256SUMS"}
    assert not house.one(replace(target, files=("clair/domains.txt",)))[1]
    assert held().keys() == {"clair/domains.txt", "manifest.json", "SHA256SUMS"}


def test_a_folder_that_is_not_mounted_is_told(house: House, tmp_path: Path) -> None:
    house.release(row("a.example.org"))
    target = Target(name="dossier", kind="folder", url=str(tmp_path / "absent"))
    assert "is no folder; make or mount it" in house.one(target)[1]


def test_a_foreign_file_in_the_folder_stays(house: House, tmp_path: Path) -> None:
    house.release(row("a.example.org"))
    target = folder(tmp_path / "store")
    (tmp_path / "store" / "theirs.txt").write_text("x")
    house.one(target)
    house.one(replace(target, files=("clair/*",)))
    assert (tmp_path / "store" / "theirs.txt").read_text() == "x"


def test_the_manifest_comes_after_all_it_names(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(Bucket().answer) as site:
        house.one(bucket(site.address))
    assert site.asked[-1].path.endswith("/manifest.json")


def test_a_wrong_key_is_told(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(Bucket(secret="other").answer) as site:
        assert "403: <Error><Code>SignatureDoesNotMatch" in house.one(bucket(site.address))[1]


def test_the_signature_is_that_of_amazon_s_own_example() -> None:
    """The PUT of "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)"."""
    target = Target(
        name="s3",
        kind="s3",
        url="",
        user="AKIAIOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    headers = {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-content-sha256": hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    url = "https://examplebucket.s3.amazonaws.com/test%24file.text"
    said = s3.signed(target, datetime(2013, 5, 24, tzinfo=UTC), "PUT", url, headers)
    assert said["Authorization"].endswith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    assert urlsplit(url).netloc == said["host"]


@pytest.mark.whole
def test_an_unknown_ssh_server_is_refused(house: House, tmp_path: Path) -> None:
    house.release(row("a.example.org"))
    place = tmp_path / "store"
    place.mkdir()
    with sftp_server(place) as target:
        (place / "known").write_text("")
        told, error = house.one(target)
    assert not told and "key" in error.lower()
    assert not tree_of(place / "ici")


@pytest.mark.whole
def test_an_sftp_server_that_is_down_is_asked_again(house: House, tmp_path: Path) -> None:
    house.release(row("a.example.org"))
    place = tmp_path / "store"
    place.mkdir()
    with sftp_server(place) as target:
        pass
    assert "refused" in house.one(target)[1].lower()
    assert len(house.waited) == 3
