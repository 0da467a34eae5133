"""The MISP feed, read by PyMISP as a server reads it, and by our own collector."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from pymisp import MISPEvent

from collectors.fetching.door import fetch
from collectors.misp_feed import normalise
from records import (
    PAP,
    TLP,
    Edition,
    Entry,
    Fetched,
    FetchState,
    Indicator,
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    Source,
    Withdrawal,
    WithdrawalReason,
)
from settings import FetchSettings
from sharing.formats import format_named, misp, text_of
from sharing.profiles import Profile
from sharing.release import Terms, release
from tests.loopback import Answer, loopback
from tests.sharing.test_formats import ANYTHING, hostile_rows

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GONE = Withdrawal(AT, WithdrawalReason.FALSE_POSITIVE)


def _entry(value: str = "a.example", kind: ObservableType = ObservableType.DOMAIN, **known: Any) -> Entry:
    fields: dict[str, Any] = {
        "marking": Marking(),
        "confidence": 80,
        "sources": ("cell", "feodo"),
        "valid_from": AT,
        "listed_at": AT,
        "changed_at": AT,
    } | known
    return Entry(observable=Observable(kind, value), **fields)


def _events(rows: list[Entry]) -> dict[str, dict[str, Any]]:
    """Return the parsed events by name of file; the attribute that is about the event is left out."""
    parsed = {}
    for name, kinds in format_named("misp").files.items():
        if name != misp.HASHES:
            mine = [row for row in rows if row.observable.type in kinds]
            event = json.loads("".join(text_of(format_named("misp"), name, mine, AT)))["Event"]
            assert event["Attribute"].pop()["type"] == "comment"
            parsed[name] = event
    return parsed


def _attributes(*rows: Entry) -> list[dict[str, Any]]:
    return [one for event in _events(list(rows)).values() for one in event["Attribute"]]


def _listed(count: int) -> list[ListedIndicator]:
    rows = []
    for number in range(count):
        values = {
            ObservableType.DOMAIN: f"n{number}.malware-drop.xyz",
            ObservableType.EMAIL: f"n{number}@malware-drop.xyz",
            ObservableType.IPV4: f"45.77.1.{number}",
            ObservableType.IPV4_NET: f"45.78.{number}.0/24",
            ObservableType.IPV6: f"2a0e:97c0:1::{number + 1:x}",
            ObservableType.IPV6_NET: f"2a0e:97c1:{number + 1:x}::/48",
            ObservableType.MD5: f"{number:032x}",
            ObservableType.SHA1: f"{number:040x}",
            ObservableType.SHA256: f"{number:064x}",
            ObservableType.URL: f"https://n{number}.malware-drop.xyz/a,b?c='\"{number}",
        }
        rows += [
            ListedIndicator(
                observable=Observable(kind, value),
                marking=Marking(TLP.CLEAR, PAP.GREEN),
                confidence=80,
                sources=("cell",),
                labels=("Lockbit",),
                valid_from=AT - HOUR,
                first_seen_at=AT - 2 * HOUR,
                last_seen_at=AT - HOUR,
            )
            for kind, value in values.items()
        ]
    return sorted(rows, key=lambda row: row.observable)


def _release(rows: list[ListedIndicator], at: datetime, place: Path, *profiles: Profile) -> Path:
    """Release rows and return the folder of the feed."""
    edition = Edition(
        made_at=at, audience=TLP.CLEAR, stories=(), vulnerabilities={}, indicators=tuple(rows), sources=()
    )
    terms = Terms(
        profiles=(Profile(), *profiles),
        ledger=place / "ledger",
        gone=lambda _: WithdrawalReason.FALSE_POSITIVE,
    )
    release(edition, place / "lists", terms=terms)
    return place / "lists" / "misp"


def _manifest(feed: Path) -> dict[str, dict[str, Any]]:
    body: dict[str, dict[str, Any]] = json.loads((feed / "manifest.json").read_bytes())
    return body


def _read_by_pymisp(feed: Path) -> Iterator[MISPEvent]:
    for uuid, said in _manifest(feed).items():
        event = MISPEvent()
        event.load_file(feed / f"{uuid}.json")
        assert (event.uuid, event.info) == (uuid, said["info"])
        assert event.timestamp == datetime.fromtimestamp(int(said["timestamp"]), UTC)
        yield event


def test_pymisp_reads_every_value_once_and_finds_it_in_the_hashes(tmp_path: Path) -> None:
    rows = _listed(40)
    feed = _release(rows, AT, tmp_path)
    found = {}
    for event in _read_by_pymisp(feed):
        for attribute in event.attributes:
            if attribute.type != "comment":
                assert attribute.value not in found
                found[attribute.value] = event.uuid
                assert attribute.to_ids and not attribute.get("deleted")
    assert found.keys() == {row.observable.value for row in rows}
    lines = (feed / "hashes.csv").read_text().splitlines()
    assert len(lines) == len(rows)
    assert dict(line.split(",") for line in lines) == {
        md5(value.encode()).hexdigest(): uuid for value, uuid in found.items()
    }


def test_an_event_is_named_anew_only_when_an_attribute_of_it_changed(tmp_path: Path) -> None:
    rows = _listed(40)
    feed = _release(rows, AT, tmp_path)
    before = {name: said["timestamp"] for name, said in _manifest(feed).items()}
    _release([replace(rows[0], confidence=3), *rows[1:]], AT + HOUR, tmp_path)
    after = {name: said["timestamp"] for name, said in _manifest(feed).items()}
    assert before.keys() == after.keys()
    (changed,) = (name for name in before if before[name] != after[name])
    assert int(after[changed]) == int(before[changed]) + 3600
    assert rows[0].observable.value in (feed / f"{changed}.json").read_text()


def test_an_event_whose_last_value_left_is_named_until_the_withdrawal_is_forgotten(tmp_path: Path) -> None:
    """Otherwise no server would fetch the deletion."""
    rows = _listed(1)
    feed = _release(rows, AT, tmp_path)
    (left,) = (row for row in rows if row.observable.type is ObservableType.EMAIL)
    name = misp._UUIDS[ObservableType.EMAIL, 0]
    _release([row for row in rows if row is not left], AT + HOUR, tmp_path)
    assert name in _manifest(feed)
    (event,) = (event for event in _read_by_pymisp(feed) if event.uuid == name)
    attribute = event.attributes[0]
    assert (attribute.value, attribute.deleted, attribute.to_ids) == (left.observable.value, True, False)
    assert attribute.comment.startswith("withdrawn: false-positive; ")
    assert md5(left.observable.value.encode()).hexdigest() not in (feed / "hashes.csv").read_text()
    _release([row for row in rows if row is not left], AT + timedelta(days=40), tmp_path)
    assert name not in _manifest(feed)


def test_a_profile_has_a_feed_of_its_own(tmp_path: Path) -> None:
    only = Profile(name="domaines", formats=("misp",), types=frozenset({ObservableType.DOMAIN}))
    feed = _release(_listed(5), AT, tmp_path, only)
    mine = feed.parent / "domaines" / "misp"
    assert {said["info"].split()[1] for said in _manifest(mine).values()} == {"domain-name"}
    assert sum(len(event.attributes) - 1 for event in _read_by_pymisp(mine)) == 5


def _collected(feed: Path) -> list[Indicator]:
    """Let our collector read a feed from a web server."""
    source = Source(id="feed", name="feed", kind="misp_feed", url="https://lists.example/misp/manifest.json")
    with loopback() as site:
        for path in feed.iterdir():
            site.serve(f"/lists.example/misp/{path.name}", Answer(path.read_bytes()))
        asked = FetchSettings.model_validate({"mirror": site.address, "timeout_seconds": 20, "per_host": 16})
        (outcome,) = fetch([(source, FetchState())], asked, now=AT, stop=threading.Event())
    assert isinstance(outcome, Fetched)
    found = [one for document in outcome.documents for one in normalise(source, document)]
    return [one for one in found if isinstance(one, Indicator)]


@pytest.mark.whole
def test_our_collector_reads_back_what_was_released_and_what_left(tmp_path: Path) -> None:
    rows = _listed(3)
    _release(rows, AT, tmp_path)
    left = [row for row in rows if "n1" in row.observable.value or row.observable.value == "45.77.1.1"]
    feed = _release([row for row in rows if row not in left], AT + HOUR, tmp_path)
    found = {one.observable: one for one in _collected(feed)}
    assert found.keys() == {row.observable for row in rows}
    assert {item for item, one in found.items() if one.revoked} == {row.observable for row in left}
    for row in rows:
        one = found[row.observable]
        assert one.marking == row.marking
        assert (one.first_seen_at, one.last_seen_at) == (row.first_seen_at, row.last_seen_at)
        assert one.actionable is not one.revoked
        assert "Lockbit" in one.labels


def test_an_attribute_says_what_is_known_of_the_value() -> None:
    row = _entry(labels=("Lockbit",), marking=Marking(TLP.AMBER_STRICT))
    (attribute,) = _attributes(replace(row, first_seen_at=AT - 2 * HOUR, last_seen_at=AT - HOUR))
    del attribute["uuid"]
    assert attribute == {
        "type": "domain",
        "category": "Network activity",
        "value": "a.example",
        "to_ids": True,
        "deleted": False,
        "timestamp": str(int(AT.timestamp())),
        "first_seen": "2026-05-01T06:00:00Z",
        "last_seen": "2026-05-01T07:00:00Z",
        "comment": "confidence 80; cell, feodo",
        "Tag": [{"name": "tlp:amber+strict"}, {"name": "PAP:CLEAR"}, {"name": "Lockbit"}],
    }


@pytest.mark.parametrize("pap", PAP)
def test_what_may_not_be_blocked_is_not_for_sensors(pap: PAP) -> None:
    (attribute,) = _attributes(_entry(marking=Marking(TLP.CLEAR, pap)))
    assert attribute["to_ids"] is (pap <= PAP.GREEN)
    assert {"name": f"PAP:{pap.name}"} in attribute["Tag"]


@pytest.mark.parametrize("label", ["tlp:clear", "TLP:CLEAR", "PAP:CLEAR", "pap:clear"])
def test_a_label_cannot_pose_as_a_marking(label: str) -> None:
    (attribute,) = _attributes(_entry(labels=(label, "c2"), marking=Marking(TLP.AMBER, PAP.AMBER)))
    assert [tag["name"] for tag in attribute["Tag"]] == ["tlp:amber", "PAP:AMBER", "c2"]


@pytest.mark.parametrize(
    ("first", "last", "keys"),
    [
        (None, AT, set()),
        (AT, None, {"first_seen"}),
        (AT, AT - HOUR, {"first_seen"}),
        (AT, AT, {"first_seen", "last_seen"}),
    ],
)
def test_misp_is_never_told_a_last_time_before_the_first(
    first: datetime | None, last: datetime | None, keys: set[str]
) -> None:
    (attribute,) = _attributes(_entry(first_seen_at=first, last_seen_at=last))
    assert attribute.keys() & {"first_seen", "last_seen"} == keys


def test_the_identifiers_of_events_and_attributes_stay() -> None:
    """These were published: a change would double every value on the servers that have them."""
    events = _events([_entry("+facture@malware.example.org", ObservableType.EMAIL)])
    (name,) = (name for name, event in events.items() if event["Attribute"])
    assert name == "misp/915ef373-2ea8-5a22-8b3b-69f94f5ee2fc.json"
    assert events[name]["Attribute"][0]["uuid"] == "6dcdba7f-a2ae-5081-a92f-26e7daaa91b2"
    assert "misp/7a174c35-1b14-56b3-a907-dc3233447e6e.json" in events


def test_values_are_spread_over_all_events_of_a_common_type() -> None:
    rows = [_entry(f"n{number}.example") for number in range(800)]
    sizes = [len(event["Attribute"]) for event in _events(rows).values() if event["Attribute"]]
    assert len(sizes) == 16
    assert sum(sizes) == 800
    assert max(sizes) < 100


@ANYTHING
@given(rows=hostile_rows)
def test_whatever_stands_in_a_value_comes_back_once_in_one_event(rows: list[Entry]) -> None:
    carried = [row for row in rows if row.observable.value.isprintable() and row.observable.value.strip()]
    carried = [row for row in carried if " " not in row.observable.value]
    found = sorted((one["value"], one["deleted"]) for one in _attributes(*rows))
    assert found == sorted((row.observable.value, row.withdrawal is not None) for row in carried)


@ANYTHING
@given(rows=hostile_rows)
def test_no_tag_of_an_attribute_contradicts_its_marking(rows: list[Entry]) -> None:
    markings = {row.observable.value: row.marking for row in rows}
    for attribute in _attributes(*rows):
        names = [tag["name"].lower() for tag in attribute["Tag"]]
        said = [name for name in names if name.startswith(("tlp:", "pap:"))]
        if list(markings).count(attribute["value"]) == 1 and len(rows) == len(markings):
            marking = markings[attribute["value"]]
            assert said == [f"tlp:{marking.tlp.label.lower()}", f"pap:{marking.pap.name.lower()}"]
