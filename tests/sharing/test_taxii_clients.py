"""The TAXII server over HTTP, read by the client of OASIS and by our own collector."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
import stix2
from requests import HTTPError
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages  # type: ignore[import-untyped]

from collectors.fetching import fetch
from collectors.taxii21 import normalise
from records import TLP, Entry, Fetched, FetchState, Indicator, Marking, Rejected, Source
from settings import FetchSettings
from sharing.taxii.application import Application
from sharing.taxii.serving import serve
from sharing.taxii.snapshot import Lists, collection_id
from tests.sharing.taxii_lists import (
    FIRST,
    GREEN,
    OBJECTS,
    READERS,
    SECOND,
    entries,
    entry,
    publish,
    withdrawn,
)

pytestmark = pytest.mark.whole


@dataclass(frozen=True)
class Running:
    address: str
    published: Path


@contextmanager
def _running(published: Path) -> Iterator[Running]:
    server = serve(Application(Lists(published), READERS), "127.0.0.1", 0)
    try:
        yield Running(f"http://127.0.0.1:{server.server_port}", published)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """2 500 domains, some changed and one withdrawn a quarter of an hour later, and a profile for GREEN readers."""
    published = tmp_path_factory.mktemp("taxii") / "lists"
    rows: list[Entry] = [
        entry(row.observable.value, SECOND) if place < 7 else row for place, row in enumerate(entries(2_500))
    ]
    rows[7] = withdrawn(rows[7], SECOND)
    green = [entry("vert.example.org", marking=Marking(TLP.GREEN))]
    tlp = {"": TLP.CLEAR, "hopital": TLP.GREEN}
    publish(published, {"": rows, "hopital": green}, tlp=tlp, audience=TLP.GREEN)
    with _running(published) as running:
        yield running


def test_the_reference_client_finds_and_reads_everything(server: Running) -> None:
    with Server(f"{server.address}/taxii2/") as found:
        (root,) = found.api_roots
        assert found.default is root and root.title == "Vigie (TLP:CLEAR)"
        (listed,) = root.collections
    assert (listed.can_read, listed.can_write, listed.id) == (True, False, collection_id(""))
    with Collection(f"{server.address}/clear/collections/{listed.id}/") as collection:
        pages = list(as_pages(collection.get_objects, per_request=700))
        manifests = list(as_pages(collection.get_manifest, per_request=0))
        ids = [item["id"] for page in pages for item in page["objects"]]
        assert [len(page["objects"]) for page in pages] == [700, 700, 700, 406]
        assert ids == [item["id"] for page in manifests for item in page["objects"]]
        assert len(set(ids)) == 2_506
        changed = collection.get_objects(added_after=FIRST, type="indicator")["objects"]
        assert [item.get("revoked") for item in changed].count(True) == 1 and len(changed) == 8
        assert collection.get_object(ids[-1])["objects"] == changed[-1:]
        assert collection.object_versions(ids[-1])["versions"] == ["2025-07-20T18:15:00.000Z"]
        assert collection.get_objects(version=["first", "last"], id=ids[:3], spec_version="2.1")["objects"]
        assert collection.get_objects(added_after=SECOND) == {}
        parsed = [stix2.parse(item) for item in collection.get_objects(limit=20)["objects"]]
        assert len(parsed) == 20


def test_the_reference_client_comes_in_with_a_password(server: Running) -> None:
    with Server(f"{server.address}/taxii2/", user=GREEN.name, password=GREEN.secret) as found:
        assert [root.title for root in found.api_roots] == ["Vigie (TLP:CLEAR)", "Vigie (TLP:GREEN)"]
        (_, green) = found.api_roots[1].collections
        assert green.get_objects(type="indicator")["objects"][0]["name"] == "vert.example.org"
    with ApiRoot(f"{server.address}/green/") as root, pytest.raises(HTTPError, match="401"):
        root.refresh()


def test_our_collector_reads_back_every_indicator(server: Running) -> None:
    found = _read(*_collected(server, FetchState(), SECOND))
    assert len(found) == 2_500
    assert {one.marking.tlp for one in found} == {TLP.CLEAR}, "markings are known on every page"
    (gone,) = [one for one in found if one.revoked]
    assert gone.observable.value == "n007.example.org"
    assert {(one.confidence, one.valid_from) for one in found} == {(75, FIRST)}


def test_our_collector_asks_for_what_a_later_release_changed(tmp_path: Path) -> None:
    rows, later = entries(30), FIRST + timedelta(hours=3)
    publish(tmp_path / "lists", {"": rows})
    with _running(tmp_path / "lists") as running:
        source, first = _collected(running, FetchState(), FIRST + timedelta(hours=2))
        assert len(_read(source, first)) == 30
        changed = [withdrawn(rows[0], later), entry("n001.example.org", later, confidence=10), *rows[2:]]
        publish(running.published, {"": changed}, number=2)
        _get(running, "/taxii2/")
        for thread in threading.enumerate():
            if thread.name == "vigie-taxii":
                thread.join(30)
        found = _read(*_collected(running, first.state, later + timedelta(minutes=1)))
    assert {(one.observable.value, one.revoked, one.confidence) for one in found} == {
        ("n000.example.org", True, 75),
        ("n001.example.org", False, 10),
    }


def test_many_readers_at_once_get_the_same_page(server: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda _: _get(server, OBJECTS), range(40)))
    (body,) = bodies
    assert len(orjson.loads(body.partition(b"\r\n\r\n")[2])["objects"]) == 1_000


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET " + OBJECTS.encode() + b"?match[id]=" + b"a" * 10_000_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /clear/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nAccept: */*\r\n\r\n", b"404"),
        (b"GET http://evil.example.org/green/ HTTP/1.1\r\nAccept: */*\r\n\r\n", b"404"),
        (b"GET /clear/%0d%0aX-Evil:1/ HTTP/1.1\r\nAccept: */*\r\n\r\n", b"404"),
        (b"GET /\xff\xfe/ HTTP/1.1\r\nAccept: */*\r\n\r\n", b"404"),
        (b"GET /clear/ HTTP/1.1\r\nAuthorization: Basic \xff\xfe\r\n\r\n", b"401"),
        (
            b"POST "
            + OBJECTS.encode()
            + b" HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n",
            b"415",
        ),
        (b"\x16\x03\x01\r\n\r\n", b"400"),
    ],
    ids=["10 MB query", "path", "absolute", "header", "bytes", "credentials", "body", "TLS"],
)
def test_hostile_requests_are_answered_and_the_server_goes_on(
    server: Running, request_: bytes, status: bytes
) -> None:
    answer = _send(server, request_)
    assert not answer or status in answer.partition(b"\r\n")[0] or b"Error code: " + status in answer
    assert b"root:" not in answer and b"X-Evil" not in answer.partition(b"\r\n\r\n")[0]
    assert b"200 OK" in _get(server, "/taxii2/")


def _collected(running: Running, state: FetchState, now: datetime) -> tuple[Source, Fetched]:
    """Fetch as a cycle does, from loopback."""
    source = Source(id="vigie", name="Vigie", kind="taxii21", url=f"{running.address}/taxii2/")
    asked = FetchSettings(allow_private=("127.0.0.1",), delay_seconds=0)
    (outcome,) = fetch([(source, state)], asked, now=now, stop=threading.Event())
    assert isinstance(outcome, Fetched) and not outcome.failures, outcome
    return source, outcome


def _read(source: Source, fetched: Fetched) -> list[Indicator]:
    found = [one for document in fetched.documents for one in normalise(source, document)]
    assert not [one for one in found if isinstance(one, Rejected)]
    return [one for one in found if isinstance(one, Indicator)]


def _get(running: Running, path: str) -> bytes:
    return _send(running, f"GET {path} HTTP/1.1\r\nAccept: */*\r\n\r\n".encode())


def _send(running: Running, request: bytes) -> bytes:
    """Send bytes and return all that comes back; a server may close before it has read everything."""
    with socket.create_connection(("127.0.0.1", int(running.address.rpartition(":")[2])), 30) as line:
        found = bytearray()
        with contextlib.suppress(ConnectionError):
            line.sendall(request)
        with contextlib.suppress(ConnectionError):
            while part := line.recv(65_536):
                found += part
    return bytes(found)
