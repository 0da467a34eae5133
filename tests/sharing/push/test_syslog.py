"""A SIEM reads each change from a line of CEF, over UDP, TCP and TLS."""

import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from records import TLP
from sharing.push.kinds.syslog import message
from sharing.push.planning import Change
from sharing.push.targets import Target, Wire
from tests.sharing.push.conftest import SECRET, House, Story, row
from tests.sharing.push.test_planning import entry


class Collector:
    """A syslog server that reads frames of RFC 6587 § 3.4.1 until each connection ends."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.received: list[bytes] = []
        self._context = context
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._readers: list[threading.Thread] = []
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            reader = threading.Thread(target=self._read, args=(line,), daemon=True)
            self._readers.append(reader)
            reader.start()

    def _read(self, line: socket.socket) -> None:
        if self._context is not None:
            try:
                line = self._context.wrap_socket(line, server_side=True)
            except ssl.SSLError:
                return  # the client did not trust us
        with line, line.makefile("rb") as stream:
            while size := _size(stream):
                self.received.append(stream.read(size))

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)
        for reader in self._readers:
            reader.join(5)


def _size(stream: object) -> int:
    digits = b""
    while (sign := stream.read(1)) not in (b" ", b""):  # type: ignore[attr-defined]
        digits += sign
    return int(digits or 0)


@contextmanager
def collecting(context: ssl.SSLContext | None = None) -> Iterator[Collector]:
    made = Collector(context)
    try:
        yield made
    finally:
        made.close()


def siem(scheme: str, port: int) -> Target:
    return Target(name="siem", kind="syslog", url=f"syslog+{scheme}://127.0.0.1:{port}")


def test_each_change_is_one_message_of_rfc_5424_with_cef(house: House) -> None:
    with collecting() as server:
        house.release(row("a.example.org"), row("b.example.org"))
        assert house.one(siem("tcp", server.port)) == ({"added": 2}, "")
        house.release(row("b.example.org", confidence=90))
        assert house.one(siem("tcp", server.port)) == ({"removed": 1, "changed": 1}, "")
    assert server.received[0].decode() == (
        "<109>1 2026-11-24T18:01:00Z - vigie - indicator - CEF:0|Vigie|Vigie|1|added|Indicator added|7|"
        "rt=1795543260000 act=added cs1Label=indicator cs1=a.example.org cs2Label=type cs2=domain-name "
        "cs3Label=marking cs3=TLP:CLEAR PAP:CLEAR dhost=a.example.org cn1Label=confidence cn1=75 "
        "cs4Label=sources cs4=certfr cs5Label=labels cs5=Lockbit"
    )
    acts = [
        dict(part.partition("=")[::2] for part in one.decode().split(" "))["act"] for one in server.received
    ]
    assert acts == ["added", "added", "removed", "changed"]


def test_udp_sends_a_datagram_a_change(house: House) -> None:
    house.release(row("a.example.org"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        assert house.one(siem("udp", server.getsockname()[1])) == ({"added": 1}, "")
        assert server.recv(65536).startswith(b"<109>1 ")


def certificate(folder: Path) -> Path:
    """Make a throw-away certificate for 127.0.0.1."""
    file = folder / "siem.pem"
    made = f"{file}.crt"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=siem"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", made]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + Path(made).read_bytes())
    return file


def test_tls_is_for_a_certificate_that_is_trusted(house: House, tmp_path: Path) -> None:
    file = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    house.release(row("a.example.org"))
    with collecting(context) as server:
        assert "its certificate is not trusted" in house.one(siem("tls", server.port))[1]
        assert not house.waited
        house.wire = Wire(ca_file=str(file))
        assert house.one(siem("tls", server.port)) == ({"added": 1}, "")
    assert len(server.received) == 1


def test_a_siem_that_hung_up_gets_it_at_the_next_push(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.release(row("a.example.org"))
    ours, theirs = socket.socketpair()
    theirs.close()
    with collecting() as server:
        with monkeypatch.context() as broken:
            broken.setattr(socket, "create_connection", lambda *_, **__: ours)
            told, error = house.one(siem("tcp", server.port))
        assert not told and "the next push goes on from here" in error
        assert house.one(siem("tcp", server.port)) == ({"added": 1}, "")


@pytest.mark.parametrize("evil", ["a=b cs3=TLP:RED", "x\nCEF:0|", "back\\slash", "pi|pe"])
def test_no_label_leaves_its_field(evil: str) -> None:
    said = message(Change("added", replace(entry("a.example"), labels=(evil,)), "t"), "2026-11-24T18:00:00Z")
    assert "\n" not in said
    fields = re.split(r"(?<!\\)(?:\\\\)*=", said)  # at each equals sign that is not escaped
    told = message(Change("added", replace(entry("a.example"), labels=("x",)), "t"), "2026-11-24T18:00:00Z")
    assert len(fields) == len(told.split("=")) and fields[-2].endswith(" cs5")


def test_a_siem_never_sees_what_is_above_its_ceiling(secret_story: Story) -> None:
    with collecting() as server:
        secret_story(siem("tcp", server.port))
    assert len(server.received) == 3 and SECRET.encode() not in b"".join(server.received)


def test_what_the_ceiling_lets_pass_arrives(secret_story: Story) -> None:
    with collecting() as server:
        secret_story(replace(siem("tcp", server.port), tlp=TLP.AMBER))
    assert SECRET.encode() in b"".join(server.received)
