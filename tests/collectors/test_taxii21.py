"""What a TAXII 2.1 server gives, from its discovery to the last page of objects."""

import json
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.taxii21 import ACCEPT, first_requests, follow, normalise
from records import TLP, Document, Indicator, Source, UnreadableError
from tests.conftest import START

ROOT = "https://example.org/taxii2/"
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


def _walk(source: Source, make_document: MakeDocument) -> tuple[list[str], list[str]]:
    """Read the server from the source's address on; return the addresses asked and the values found."""
    asked, found = [], []
    waiting = first_requests(source, START)
    while waiting:
        request = waiting.pop(0)
        assert request.accept == "application/taxii+json;version=2.1"
        asked.append(request.url.removeprefix(ROOT))
        document = make_document(source, json.dumps(SERVER[request.url]).encode(), request.url)
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


@pytest.mark.parametrize(("chosen", "asked"), [("1", True), ("One", True), ("Two", False), ("Three", False)])
def test_chosen_collections_alone_are_read(
    chosen: str, asked: bool, make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21", url=ROOT, options={"collections": [chosen]})
    addresses, _ = _walk(source, make_document)
    assert (OBJECTS[0] in addresses) == asked
    assert not any("/3/" in address for address in addresses)


def test_recorded_pages_are_read(
    recorded: Path, make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("taxii21")
    records = [
        record
        for path in sorted((recorded / "taxii" / "tweetfeed" / "pages").iterdir())
        for record in normalise(source, make_document(source, b'{"objects":%s}' % path.read_bytes()))
    ]
    assert len(records) == 4_243
    assert {type(record) for record in records} == {Indicator}
    assert {record.marking.tlp for record in records if isinstance(record, Indicator)} == {TLP.CLEAR}


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
    document = make_document(source, body)
    for reading in (follow, normalise):
        try:
            list(reading(source, document))
        except UnreadableError as error:
            assert str(error)
