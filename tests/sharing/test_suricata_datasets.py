"""Sets for Suricata: their lines, and the traffic that the rules find with them."""

from base64 import b64decode
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import suricata_datasets
from tests.sharing.test_formats import ANYTHING, hostile_rows
from tests.tools import _suricata, _traffic
from tests.tools._running import run

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
FILES = suricata_datasets.FILES
LENGTHS = {suricata_datasets.MD5: 32, suricata_datasets.SHA1: 40, suricata_datasets.SHA256: 64}


def _entry(kind: ObservableType, value: str) -> Entry:
    return Entry(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=80,
        sources=("cell",),
        valid_from=AT,
        listed_at=AT,
        changed_at=AT,
    )


def _lines(name: str, rows: Iterable[Entry]) -> list[str]:
    mine = (row for row in rows if row.observable.type in FILES[name])
    return "".join(suricata_datasets.render(mine, name)).splitlines()


def _folder(rows: list[Entry], work: Path) -> Path:
    """Write all files into a folder and return the rules in it."""
    for name in FILES:
        text = suricata_datasets.head(name, AT) + "".join(f"{line}\n" for line in _lines(name, rows))
        (work / Path(name).name).write_text(text)
    return work / "vigie-datasets.rules"


def test_names_are_in_base64_and_lower_case() -> None:
    (line,) = _lines(suricata_datasets.DOMAINS, [_entry(ObservableType.DOMAIN, "Evil.example")])
    assert b64decode(line) == b"evil.example"


@ANYTHING
@given(rows=hostile_rows)
def test_no_line_is_one_that_costs_the_set(rows: list[Entry]) -> None:
    for line in _lines(suricata_datasets.DOMAINS, rows):
        assert b64decode(line, validate=True).decode().isprintable()
        assert len(line) < 1_023
    for name, length in LENGTHS.items():
        assert all(len(line) == length and int(line, 16) >= 0 for line in _lines(name, rows))


def test_the_rules_have_numbers_of_their_own() -> None:
    rules = suricata_datasets.head(suricata_datasets.RULES, AT)
    rules += suricata_datasets.head(suricata_datasets.OLDER_RULES, AT)
    numbers = [line.partition("; sid:")[2].partition(";")[0] for line in rules.splitlines()]
    assert len(set(numbers)) == len(numbers) == 8
    assert all(4_000_000_000 < int(number) < 2**32 for number in numbers)


@pytest.fixture
def sensor(tmp_path: Path) -> list[str | Path]:
    """A command with one listed name and one listed address."""
    if _suricata.version() is None:
        pytest.skip("Suricata is not installed (package suricata)")
    rows = [_entry(ObservableType.DOMAIN, "evil.example"), _entry(ObservableType.IPV4, "192.0.2.7")]
    rules = _folder(rows, tmp_path)
    return [*_suricata.command(rules, tmp_path), "-l", tmp_path, "--runmode", "single"]


@pytest.mark.whole
@pytest.mark.parametrize(("name", "is_listed"), [("eVil.Example", True), ("www.evil.example", False)])
def test_a_listed_name_is_found_in_questions_tls_and_requests(
    name: str, is_listed: bool, sensor: list[str | Path], tmp_path: Path
) -> None:
    shown = [_traffic.question(20_000, name), *_traffic.hello(20_001, name)]
    _traffic.write(tmp_path / "t.pcap", [*shown, *_traffic.request(20_002, name, "/", b"x")])
    run([*sensor, "-r", tmp_path / "t.pcap"])
    found = {event["app_proto"] for event in _suricata.alerts(tmp_path)}
    assert found == ({"dns", "tls", "http"} if is_listed else set())


@pytest.mark.whole
def test_a_listed_address_is_told_once_an_hour(sensor: list[str | Path], tmp_path: Path) -> None:
    _traffic.write(tmp_path / "t.pcap", [_traffic.ping(20_000, "192.0.2.7")] * 100)
    run([*sensor, "-r", tmp_path / "t.pcap"])
    assert len(_suricata.alerts(tmp_path)) == 1
