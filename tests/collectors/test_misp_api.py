"""What a MISP server gives by its REST API: every event once, from its first page to the latest change."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.fetching import Outcome, fetch
from collectors.misp_api import cursor, first_requests, follow, normalise
from records import (
    TLP,
    Document,
    Fetched,
    FetchError,
    FetchState,
    Indicator,
    Rejected,
    SettingsError,
    Source,
    Start,
    UnreadableError,
)
from settings import FetchSettings
from tests.conftest import NOW, START

FIXTURES = Path(__file__).parent / "fixtures" / "misp_api"
UUID = "{}0000000-0000-4000-8000-{:012x}"
KEY = "a key of a server of ours"
TODAY = int(NOW.timestamp())

MakeSource = Callable[..., Source]
MakeDocument = Callable[..., Document]


def _event(number: int, published: int, *attributes: dict[str, Any], **values: object) -> dict[str, Any]:
    """Make an event with one domain and further attributes, published at an instant."""
    first = {"uuid": UUID.format("a", number), "type": "domain", "value": f"n{number}.example"}
    return {
        "id": str(number),
        "uuid": UUID.format("e", number),
        "info": f"Event {number}",
        "published": True,
        "publish_timestamp": str(published),
        "timestamp": "1700000000",  # the last edit, long before
        "distribution": "3",
        "Attribute": [first, *attributes],
        **values,
    }


@dataclass
class Server:
    """A MISP server as far as `events/restSearch` goes: filters, pages and the key are honoured."""

    events: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""

    def search(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(asked)
        since, first = asked.get("publish_timestamp", 0), (asked["page"] - 1) * asked["limit"]
        found = [
            one
            for one in self.events
            if one["published"] is asked["published"] and int(one["publish_timestamp"]) >= since
        ]
        shown = [self._shown(one, asked) for one in found[first : first + asked["limit"]]]
        return {"response": [{"Event": one} for one in shown]}

    @staticmethod
    def _shown(event: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        deleted = 1 in asked.get("deleted", [])
        return event | {"Attribute": [a for a in event["Attribute"] if deleted or not a.get("deleted")]}


@contextmanager
def _serving(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.headers["Authorization"] == KEY and self.headers["Accept"] == "application/json"
            if known and self.path == "/misp/events/restSearch":
                self._answer(200, server.search(asked))
            else:
                self._answer(403, {"message": "Authentication failed."})

        def _answer(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    server.address = f"http://127.0.0.1:{listener.server_port}/misp/"
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def _fetch(source: Source, state: FetchState, key: str = KEY) -> Outcome:
    asked = {
        "allow_private": ["127.0.0.1"],
        "timeout_seconds": 5,
        "credentials": {source.id: {"authorization": key}},
    }
    due = [(source, state)]
    (outcome,) = fetch(due, FetchSettings.model_validate(asked), now=NOW, stop=threading.Event())
    return outcome


def _values(source: Source, outcome: Outcome) -> list[tuple[str, bool]]:
    assert isinstance(outcome, Fetched), outcome
    found = (one for document in outcome.documents for one in normalise(source, document))
    return sorted((one.observable.value, one.revoked) for one in found if isinstance(one, Indicator))


@pytest.mark.whole
def test_first_run_reads_all_pages_and_the_next_what_was_published_since(make_source: MakeSource) -> None:
    same = TODAY - 100
    server = Server([_event(n, TODAY - 1000 + n) for n in range(4)] + [_event(4, same)])
    server.events.append(_event(9, TODAY) | {"published": False})
    with _serving(server):
        source = make_source("misp_api", url=server.address, options={"limit": 2})
        first = _fetch(source, FetchState())
        assert _values(source, first) == [(f"n{n}.example", False) for n in range(5)]
        assert [asked["page"] for asked in server.asked] == [1, 2, 3]
        assert isinstance(first, Fetched) and first.state.cursor == f"{same:012d}"
        assert first.state.addresses == {}

        server.asked.clear()
        server.events.append(_event(5, same))  # within the second that was last seen
        gone = {"uuid": UUID.format("b", 1), "type": "domain", "value": "gone.example", "deleted": True}
        server.events[1] = _event(1, TODAY - 50, gone)  # edited, and published anew
        second = _fetch(source, first.state)
    assert _values(source, second) == [
        ("gone.example", True),
        *((f"n{n}.example", False) for n in (1, 4, 5)),
    ]
    assert [asked["publish_timestamp"] for asked in server.asked] == [same, same]
    assert isinstance(second, Fetched) and second.state.cursor == f"{TODAY - 50:012d}"


@pytest.mark.whole
def test_wrong_key_is_a_failure_that_moves_nothing(make_source: MakeSource) -> None:
    with _serving(Server([_event(1, TODAY)])) as server:
        source = make_source("misp_api", url=server.address)
        outcome = _fetch(source, FetchState(cursor="001700000000"), key="another")
    assert isinstance(outcome, FetchError)
    assert "403" in str(outcome) and KEY not in str(outcome)


def _page(make_document: MakeDocument, source: Source, *events: object, url: str = "") -> Document:
    body = json.dumps({"response": [{"Event": event} for event in events]}).encode()
    return make_document(source, body, url)


def test_search_asks_for_published_events_with_what_was_deleted_in_them(make_source: MakeSource) -> None:
    source = make_source("misp_api", url="https://misp.example/", options={"tags": ["tlp:clear", "!draft"]})
    (request,) = first_requests(source, replace(START, state=FetchState(cursor="001700000000")))
    assert request.url == "https://misp.example/events/restSearch#since=1700000000&page=1"
    assert request.once and request.marker is None
    assert json.loads(request.body or "") == {
        "returnFormat": "json",
        "published": True,
        "deleted": [0, 1],
        "limit": 50,
        "page": 1,
        "publish_timestamp": 1_700_000_000,
        "tags": ["tlp:clear", "!draft"],
    }


def test_next_page_is_of_the_same_search(make_source: MakeSource, make_document: MakeDocument) -> None:
    source = make_source("misp_api", options={"limit": 1})
    url = f"{source.url}/events/restSearch#since=7&page=3"
    (request,) = follow(source, _page(make_document, source, _event(1, TODAY), url=url))
    assert request.url == f"{source.url}/events/restSearch#since=7&page=4"
    asked = json.loads(request.body or "")
    assert (asked["page"], asked["publish_timestamp"]) == (4, 7)
    assert follow(source, _page(make_document, source, url=url)) == []


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (["1700000000", 1_700_000_001], "001700000001"),
        ([999_999_999], "000999999999"),
        ([99_999_999_999], f"{TODAY:012d}"),  # a clock far ahead hides nothing that comes later
        (["0", None, "soon", -1, True, "9" * 500], None),
        ([], None),
    ],
)
def test_cursor_is_the_last_publication_but_never_in_the_future(
    published: list[object], expected: str | None, make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("misp_api")
    events = [_event(n, 0, publish_timestamp=stamp) for n, stamp in enumerate(published)]
    assert cursor(source, _page(make_document, source, *events)) == expected


@pytest.mark.parametrize("told", [None, "", "soon", "-1", "1e9"])
def test_bookmark_that_is_none_begins_anew(told: str | None, make_source: MakeSource) -> None:
    (request,) = first_requests(make_source("misp_api"), Start(NOW, FetchState(cursor=told)))
    assert "publish_timestamp" not in json.loads(request.body or "")


def test_record_is_the_same_on_whatever_page_it_comes(
    make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("misp_api")
    places = (f"{source.url}/events/restSearch#since={n}&page={n + 1}" for n in range(2))
    first, second = (
        list(normalise(source, _page(make_document, source, _event(1, TODAY), url=url))) for url in places
    )
    assert first == second
    assert isinstance(first[0], Indicator)
    assert first[0].provenance.url == f"{source.url}/events/view/{UUID.format('e', 1)}"


@pytest.mark.parametrize(
    ("event", "attribute", "tags", "expected"),
    [
        ("3", "5", [], TLP.CLEAR),
        ("2", "5", [], TLP.GREEN),
        ("1", "3", ["tlp:clear"], TLP.AMBER),
        ("0", None, ["tlp:clear"], TLP.RED),
        ("3", "4", ["tlp:clear"], TLP.RED),
        ("1", "5", ["tlp:amber+strict"], TLP.AMBER_STRICT),
    ],
)
def test_distribution_on_a_server_limits_whatever_the_tags_say(
    event: str,
    attribute: str | None,
    tags: list[str],
    expected: TLP,
    make_source: MakeSource,
    make_document: MakeDocument,
) -> None:
    value = _event(1, TODAY, distribution=event, Tag=[{"name": name} for name in tags])
    value["Attribute"][0]["distribution"] = attribute
    source = make_source("misp_api")
    (record,) = normalise(source, _page(make_document, source, value))
    assert isinstance(record, Indicator)
    assert record.marking.tlp is expected


def test_event_without_identity_loses_no_neighbour(
    make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("misp_api")
    page = _page(make_document, source, "x", _event(1, TODAY, uuid="../x"), _event(2, TODAY))
    assert [type(one) for one in normalise(source, page)] == [Rejected, Rejected, Indicator]


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"limit": "5"}, {"limit": True}, {"tags": "x"}, {"tags": [""]}, {"events": 1}]
)
def test_wrong_option_is_told_before_anything_is_asked(
    options: dict[str, object], make_source: MakeSource
) -> None:
    with pytest.raises(SettingsError, match="options of example"):
        first_requests(make_source("misp_api", options=options), START)


def test_reading_equals_pymisp(make_source: MakeSource, make_document: MakeDocument) -> None:
    from pymisp import MISPEvent

    value = json.loads((FIXTURES / "page.json").read_text("utf-8"))["response"][0]
    event = MISPEvent()
    event.from_dict(**value["Event"])
    theirs = {
        (one.uuid, one.value.partition("|")[0], bool(one.to_ids), bool(one.get("deleted")), one.timestamp)
        for one in event.attributes
        if one.type != "target-org"
    }
    source = make_source("misp_api")
    ours = {
        (one.native_id.partition("#")[0], one.observable.value, one.actionable, one.revoked, one.valid_from)
        for one in normalise(source, _page(make_document, source, value["Event"]))
        if isinstance(one, Indicator)
    }
    assert ours == theirs and len(ours) == 2
    stamp = cursor(source, _page(make_document, source, value["Event"]))
    assert stamp and datetime.fromtimestamp(int(stamp), UTC) == event.publish_timestamp


@settings(deadline=None)
@given(data=st.data())
def test_no_bytes_raise_anything_but_unreadable(
    data: st.DataObject,
    make_source: MakeSource,
    make_document: MakeDocument,
    damaged: Callable[[bytes, st.DataObject], bytes],
) -> None:
    body = (
        data.draw(st.binary())
        if data.draw(st.booleans())
        else damaged((FIXTURES / "page.json").read_bytes(), data)
    )
    source = make_source("misp_api", options={"limit": 1, "events": True})
    fragment = data.draw(
        st.sampled_from(["", "#since=1&page=2", "#since=x&page=", "#page=99999999999999&page=1"])
    )
    document = make_document(source, body, f"{source.url}{fragment}")
    for reading in (follow, normalise, cursor):
        try:
            list(reading(source, document) or ())
        except UnreadableError as error:
            assert str(error)
