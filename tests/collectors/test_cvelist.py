"""The kind `cvelist`: which records a run asks for, and what `test_expected.py` does not show of them."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import FOR_NAMED_CVES, cvelist
from records import (
    AddressState,
    Document,
    FetchState,
    LeftOut,
    SettingsError,
    Source,
    Start,
    UnreadableError,
    Vulnerability,
)
from tests.conftest import NOW

FIXTURES = Path(__file__).parent / "fixtures" / "cvelist"
API = "https://cveawg.mitre.org/api/cve"
CVES = tuple(f"CVE-2025-{number}" for number in range(2_000, 1_000, -1))  # newest first


@pytest.fixture(scope="module")
def source(make_source: Callable[..., Source]) -> Source:
    return make_source("cvelist", url=f"{API}/")


def asked(source: Source, start: Start) -> list[str]:
    return [request.url.removeprefix(f"{API}/") for request in cvelist.first_requests(source, start)]


def after(source: Source, start: Start) -> Start:
    """What the next run begins from when all that this one asks for is read."""
    requests = cvelist.first_requests(source, start)
    read = {request.url: AddressState(marker=request.marker) for request in requests}
    return replace(start, state=FetchState({**start.state.addresses, **read}))


def test_only_named_cves_are_asked_for(source: Source) -> None:
    assert "cvelist" in FOR_NAMED_CVES
    assert asked(source, Start(NOW)) == []
    assert asked(source, Start(NOW, cves=("CVE-2025-0001",))) == ["CVE-2025-0001"]


def test_address_is_written_with_or_without_final_slash(make_source: Callable[..., Source]) -> None:
    assert asked(make_source("cvelist", url=API), Start(NOW, cves=CVES[:1])) == [CVES[0]]


def test_newest_cves_are_first(make_source: Callable[..., Source]) -> None:
    source = make_source("cvelist", url=f"{API}/", options={"per_run": 10})
    found = asked(source, Start(NOW, cves=CVES))
    assert len(found) == len(set(found)) == 10
    assert found == list(CVES[:10])


def test_each_record_is_read_once_a_week_on_a_day_of_its_own(source: Source) -> None:
    start = Start(NOW, cves=CVES)
    while asked(source, start):
        start = after(source, start)
    days = []
    for _ in range(14):
        start = replace(start, now=start.now + timedelta(days=1))
        due = asked(source, start)
        days.append(len(due))
        assert 100 < len(due) < 200
        start = after(source, start)
        assert asked(source, start) == []
    assert sum(days[:7]) == sum(days[7:]) == len(CVES)


def test_those_never_read_come_before_those_read_longest_ago(make_source: Callable[..., Source]) -> None:
    source = make_source("cvelist", url=f"{API}/", options={"per_run": 5})
    read = {
        f"{API}/{cve}": AddressState(marker=f"week 10500{week}")
        for cve, week in zip(CVES, "3142", strict=False)
    }
    found = asked(source, Start(NOW, FetchState(read), CVES[:6]))
    assert found == [CVES[4], CVES[5], CVES[1], CVES[3], CVES[0]]


def test_cve_without_record_is_no_failure(source: Source) -> None:
    (request,) = cvelist.first_requests(source, Start(NOW, cves=CVES[:1]))
    assert request.optional


@pytest.mark.parametrize("per_run", [0, -1, 2_001, True, "many", 1.5])
def test_impossible_number_per_run_is_told(make_source: Callable[..., Source], per_run: object) -> None:
    with pytest.raises(SettingsError, match="per_run"):
        cvelist.first_requests(make_source("cvelist", options={"per_run": per_run}), Start(NOW))


@given(body=st.binary())
def test_no_bytes_break_it(source: Source, make_document: Callable[..., Document], body: bytes) -> None:
    with suppress(UnreadableError):
        list(cvelist.normalise(source, make_document(source, body)))


@given(data=st.data())
def test_no_value_breaks_it(
    source: Source,
    make_document: Callable[..., Document],
    damaged: Callable[[bytes, st.DataObject], bytes],
    data: st.DataObject,
) -> None:
    body = damaged((FIXTURES / "published.json").read_bytes(), data)
    with suppress(UnreadableError):
        for record in cvelist.normalise(source, make_document(source, body)):
            assert isinstance(record, Vulnerability | LeftOut)


def test_oversized_record_is_read_whole(source: Source, make_document: Callable[..., Document]) -> None:
    record = json.loads((FIXTURES / "published.json").read_bytes())
    record["containers"]["adp"] *= 20_000
    body = json.dumps(record).encode()
    assert len(body) > 5_000_000
    found, left_out = cvelist.normalise(source, make_document(source, body))
    assert isinstance(found, Vulnerability) and len(found.scores) == 4
    assert left_out == LeftOut("metric other than CVSS", 20_000)


def test_recorded_records_are_all_read(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    paths = sorted((recorded / "vuln/cve").rglob("CVE-*.json"))
    found = [
        record
        for path in paths
        for record in cvelist.normalise(
            source, make_document(source, path.read_bytes(), f"{API}/{path.stem}")
        )
        if isinstance(record, Vulnerability)
    ]
    assert [record.cve for record in found] == [path.stem for path in paths]
    assert len(found) == 383 and all(record.description for record in found)
    scores = Counter(score.version for record in found for score in record.scores)
    assert scores == {"3.1": 143, "4.0": 12, "3.0": 7}
