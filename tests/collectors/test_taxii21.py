"""What a TAXII 2.1 server gives, from its discovery to the last page of objects, and what was added since."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urldefrag

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scheduler
import store
from collectors.fetching import fetch
from collectors.taxii21 import ACCEPT, cursor, first_requests, follow, normalise
from deployments import Deployment
from records import (
    TLP,
    Changes,
    Document,
    Fetched,
    FetchState,
    Indicator,
    LeftOut,
    RunStatus,
    SettingsError,
    Source,
    Start,
    UnreadableError,
)
from settings import FetchSettings, Settings
from tests.conftest import NOW, START
from tests.recorded_server import Recorded, playing

ROOT = "https://example.org/taxii2/"
SINCE = "added_after=2025-07-19T12%3A00%3A00.000Z"
LATER = Start(NOW, FetchState(cursor="2025-07-19T12:00:00.000Z"))
MakeSource = Callable[..., Source]
MakeDocument = Callable[..., Document]


def _indicator(number: int) -> dict[str, str]:
    return {
        "type": "indicator",
        "id": f"indicator--{number}",
        "pattern": f"[ipv4-addr:value = '192.0.2.{number}']",
    }


SERVER = {
    ROOT: {"title": "Example", "api_roots": ["/taxii2/root/"]},
    f"{ROOT}root/": {"title": "Root", "versions": [ACCEPT], "max_content_length": 1000},
    f"{ROOT}root/collections/": {
        "collections": [
            {"id": "1", "title": "One", "can_read": True},
            {"id": "2", "title": "Two", "can_read": True},
            {"id": "3", "title": "Three", "can_read": False},
        ]
    },
    f"{ROOT}root/collections/1/objects/": {"more": True, "next": "b", "objects": [_indicator(1)]},
    f"{ROOT}root/collections/1/objects/?next=b": {"more": True, "next": "c", "objects": [_indicator(2)]},
    f"{ROOT}root/collections/1/objects/?next=c": {"objects": [_indicator(3)]},
    f"{ROOT}root/collections/2/objects/": {},
}


def _walk(source: Source, make_document: MakeDocument, start: Start = START) -> tuple[list[str], list[str]]:
    """Read the server from the source's address on; return the addresses asked and the values found."""
    asked, found = [], []
    waiting = first_requests(source, start)
    while waiting:
        request = waiting.pop(0)
        assert request.accept == "application/taxii+json;version=2.1"
        assert request.once, "what comes of it depends on the bookmark"
        sent = urldefrag(request.url).url
        asked.append(sent.removeprefix(ROOT))
        answer = SERVER[sent.replace(f"{SINCE}&", "").replace(f"?{SINCE}", "")]
        document = make_document(source, json.dumps(answer).encode(), request.url)
        found += [
            item.observable.value for item in normalise(source, document) if isinstance(item, Indicator)
        ]
        waiting += follow(source, document)
    return asked, found


OBJECTS = [
    "root/collections/1/objects/",
    "root/collections/1/objects/?next=b",
    "root/collections/1/objects/?next=c",
]


@pytest.mark.parametrize("start", range(4))
def test_every_page_is_reached_from_any_start(
    start: int, make_source: MakeSource, make_document: MakeDocument
) -> None:
    path = ["", "root/", "root/collections/", OBJECTS[0]]
    asked, found = _walk(make_source("taxii21", url=ROOT + path[start]), make_document)
    assert asked[: 4 - start] == path[start:]
    assert set(OBJECTS) <= set(asked)
    assert found == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


@pytest.mark.parametrize("start", range(4))
def test_later_run_asks_every_page_for_what_was_added_since(
    start: int, make_source: MakeSource, make_document: MakeDocument
) -> None:
    path = ["", "root/", "root/collections/", OBJECTS[0]]
    asked, found = _walk(make_source("taxii21", url=ROOT + path[start]), make_document, LATER)
    first, *others = OBJECTS
    pages = [f"{first}?{SINCE}", *(page.replace("?", f"?{SINCE}&") for page in others)]
    assert [address for address in asked if "objects" in address and "/2/" not in address] == pages
    assert asked[: 3 - start] == path[start:3], "listings are asked for whole"
    assert found == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_filter_of_the_source_stays_beside_the_cursor(make_source: MakeSource) -> None:
    source = make_source("taxii21", url=f"{ROOT}root/collections/1/objects/?match[type]=indicator")
    for start, expected in ((START, ""), (LATER, f"&{SINCE}")):
        (request,) = first_requests(source, start)
        assert request.url == f"{ROOT}root/collections/1/objects/?match%5Btype%5D=indicator{expected}"


def test_cursor_is_an_hour_before_reception_and_only_of_objects(
    make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21", url=ROOT)
    for address, answer in SERVER.items():
        found = cursor(source, make_document(source, json.dumps(answer).encode(), address))
        assert found == ("2025-07-20T17:00:00.000Z" if "/objects/" in address else None)


def test_objects_read_again_are_the_same_records(
    make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21", url=ROOT)
    body = json.dumps(SERVER[ROOT + OBJECTS[0]]).encode()
    pages = [f"{ROOT}{OBJECTS[0]}", f"{ROOT}{OBJECTS[0]}?{SINCE}&next=x", f"{ROOT}{OBJECTS[0]}?limit=2"]
    found = [list(normalise(source, make_document(source, body, page))) for page in pages]
    assert found[0] == found[1] == found[2]
    (record,) = found[0]
    assert isinstance(record, Indicator) and record.provenance.url == ROOT + OBJECTS[0]


@pytest.mark.parametrize(("chosen", "asked"), [("1", True), ("One", True), ("Two", False), ("Three", False)])
def test_chosen_collections_alone_are_read(
    chosen: str, asked: bool, make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21", url=ROOT, options={"collections": [chosen]})
    addresses, _ = _walk(source, make_document)
    assert (OBJECTS[0] in addresses) == asked
    assert not any("/3/" in address for address in addresses)


@pytest.mark.parametrize("chosen", ["One", 7, [7], [""], True])
def test_option_that_names_no_collections_is_refused(chosen: object, make_source: MakeSource) -> None:
    with pytest.raises(SettingsError, match="options of example: collections is a list"):
        first_requests(make_source("taxii21", url=ROOT, options={"collections": chosen}), START)


def test_recorded_pages_are_read(
    recorded: Path, make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21")
    records = [
        record
        for path in sorted((recorded / "taxii" / "tweetfeed" / "pages").iterdir())
        for record in normalise(source, make_document(source, b'{"objects":%s}' % path.read_bytes()))
    ]
    indicators = [record for record in records if isinstance(record, Indicator)]
    assert len(indicators) == 4_243
    assert {record.marking.tlp for record in indicators} == {TLP.CLEAR}
    assert [record for record in records if not isinstance(record, Indicator)] == [LeftOut("identity", 1)]


@pytest.fixture
def house(recorded: Path, tmp_path: Path, make_source: MakeSource) -> Iterator[tuple[Deployment, Recorded]]:
    """A deployment whose one source is the recorded server, and that server."""
    source = make_source("taxii21", url="https://api.tweetfeed.live/taxii2/")
    with playing(recorded) as server:
        archive = store.open_archive(f"sqlite:///{tmp_path / 'vigie.sqlite'}")
        settings_ = Settings(build=tmp_path, fetch=FetchSettings(mirror=server.address))
        yield Deployment(settings_, archive, (source,)), server
        archive.close()


@pytest.mark.whole
@pytest.mark.xdist_group("recorded")
def test_second_run_asks_for_what_was_added_since_and_finds_nothing_changed(
    house: tuple[Deployment, Recorded],
) -> None:
    deployment, server = house
    first_at = datetime(2026, 7, 28, 12, tzinfo=UTC)
    (first,) = scheduler.collect(deployment, first_at, due_only=False)
    assert (first.status, first.changes.new, first.left_out) == (RunStatus.OK, 4_243, {"identity": 1})
    server.order(reset=True)
    (second,) = scheduler.collect(deployment, first_at + timedelta(days=1), due_only=False)
    assert (second.status, second.changes.new, second.changes.modified) == (RunStatus.UNCHANGED, 0, 0)
    assert 0 < second.changes.unchanged < 2_000, "what came in the hour before and since is asked for again"
    pages = [str(one["url"]) for one in server.asked() if "/objects/" in str(one["url"])]
    assert pages and all("added_after=2026-07-28T11%3A00%3A00.000Z" in page for page in pages)
    (third,) = scheduler.collect(deployment, first_at + timedelta(days=30), due_only=False)
    (fourth,) = scheduler.collect(deployment, first_at + timedelta(days=31), due_only=False)
    assert fourth.changes == Changes() and fourth.status is RunStatus.UNCHANGED and third.requests > 0


@pytest.mark.whole
@pytest.mark.xdist_group("recorded")
def test_same_objects_are_read_as_the_reference_client_reads(
    recorded: Path, make_source: MakeSource, make_document: MakeDocument
) -> None:
    from taxii2client.v21 import Collection, as_pages  # type: ignore[import-untyped]

    with playing(recorded) as server:
        root = f"{server.address}/api.tweetfeed.live/taxii2/root/collections/"
        with Collection(f"{root}b7dc78af-1d12-5059-898c-3f0e77636204/") as collection:
            pages = list(as_pages(collection.get_objects, per_request=300))
        theirs = [item["id"] for page in pages for item in page["objects"]]
        source = make_source("taxii21", url="https://api.tweetfeed.live/taxii2/")
        asked = FetchSettings(mirror=server.address)
        (outcome,) = fetch([(source, FetchState())], asked, now=NOW, stop=threading.Event())
    assert isinstance(outcome, Fetched) and len(outcome.documents) == 12
    bodies = [orjson.loads(document.body) for document in outcome.documents]
    ours = [item["id"] for body in bodies for item in body.get("objects", [])]
    assert len(ours) == 4_245 and sorted(ours) == sorted(theirs)


@pytest.mark.parametrize("root", ["http://[", "javascript:alert(1)", "", 7, None, {"a": 1}])
def test_root_that_is_no_address_leads_nowhere(
    root: object, make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21", url=ROOT)
    body = json.dumps({"api_roots": [root, f"{ROOT}root/"]}).encode()
    assert [request.url for request in follow(source, make_document(source, body))] == [f"{ROOT}root/"]


def test_oversized_page_is_read(make_source: MakeSource, make_document: MakeDocument) -> None:
    source = make_source("taxii21")
    objects = [{**_indicator(1), "id": f"indicator--{number}"} for number in range(10_000)]
    body = json.dumps({"more": True, "next": "n" * 1_000_000, "objects": objects}).encode()
    document = make_document(source, body)
    assert len(list(normalise(source, document))) == 10_000
    assert len(follow(source, document)) == 1


KEYS = st.sampled_from(
    [
        "api_roots",
        "collections",
        "can_read",
        "versions",
        "objects",
        "more",
        "next",
        "id",
        "title",
        "type",
        "pattern",
    ]
)
WORDS = st.sampled_from(["/root/", "http://[", "https://example.org/", "indicator", "indicator--1"])
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | WORDS | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=40)


@settings(deadline=None)
@given(body=st.binary() | JSON.map(orjson.dumps) | st.dictionaries(KEYS, JSON).map(orjson.dumps))
def test_no_bytes_raise_anything_but_unreadable(
    body: bytes, make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21", options={"collections": ["1"]})
    document = make_document(source, body, f"{ROOT}root/#{SINCE}")
    for reading in (follow, normalise, cursor):
        try:
            list(reading(source, document) or ())
        except UnreadableError as error:
            assert str(error)
