"""The kind `kev`: what `test_expected.py` does not show."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import kev
from records import Document, Rejected, Source, UnreadableError, Vulnerability
from tests.conftest import START

FIXTURES = Path(__file__).parent / "fixtures" / "kev"


@pytest.fixture(scope="module")
def source(make_source: Callable[..., Source]) -> Source:
    return make_source("kev")


def test_every_run_asks_for_the_catalogue(source: Source) -> None:
    assert [request.url for request in kev.first_requests(source, START)] == [source.url]


def test_what_leaves_the_catalogue_is_withdrawn() -> None:
    assert kev.COMPLETE


def test_oversized_catalogue_is_read_whole(source: Source, make_document: Callable[..., Document]) -> None:
    row = json.loads((FIXTURES / "catalogue.json").read_bytes())["vulnerabilities"][0]
    rows = [{**row, "cveID": f"CVE-2025-{number:05}"} for number in range(12_000)]
    body = json.dumps({"count": len(rows), "vulnerabilities": rows}).encode()
    assert len(body) > 5_000_000
    assert len(list(kev.normalise(source, make_document(source, body)))) == len(rows)


@pytest.mark.parametrize(
    ("added", "due", "kept"),
    [
        ("2025-07-20", "2025-08-10", (date(2025, 7, 20), date(2025, 8, 10))),
        ("2025-07-21", "2025-08-10", (date(2025, 7, 21), date(2025, 8, 10))),
        ("2025-07-20", "9999-12-31", (date(2025, 7, 20), None)),
        ("2025-07-20", "2024-07-19", (date(2025, 7, 20), date(2024, 7, 19))),
        ("9999-12-31", "9999-12-31", None),
        ("2025-07-22", "2025-08-10", None),
        ("2021-11-02", "2021-11-17", None),
        ("0001-01-01", "0001-01-01", None),
    ],
)
def test_only_possible_days_are_kept(
    source: Source,
    make_document: Callable[..., Document],
    added: str,
    due: str,
    kept: tuple[date, date | None] | None,
) -> None:
    rows = json.loads((FIXTURES / "catalogue.json").read_bytes())["vulnerabilities"][:1]
    rows[0] |= {"dateAdded": added, "dueDate": due}
    (record,) = kev.normalise(source, make_document(source, json.dumps({"vulnerabilities": rows}).encode()))
    listed = record.known_exploited if isinstance(record, Vulnerability) else None
    assert (listed and (listed.added_on, listed.due_on)) == kept


@given(body=st.binary())
def test_no_bytes_break_it(source: Source, make_document: Callable[..., Document], body: bytes) -> None:
    with suppress(UnreadableError):
        list(kev.normalise(source, make_document(source, body)))


@given(data=st.data())
def test_no_value_breaks_it(
    source: Source,
    make_document: Callable[..., Document],
    damaged: Callable[[bytes, st.DataObject], bytes],
    data: st.DataObject,
) -> None:
    body = damaged((FIXTURES / "catalogue.json").read_bytes(), data)
    with suppress(UnreadableError):
        for record in kev.normalise(source, make_document(source, body)):
            assert isinstance(record, Vulnerability | Rejected)


def test_recorded_catalogue_is_read_without_loss(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    body = (recorded / "vuln/kev/known_exploited_vulnerabilities.json").read_bytes()
    records = list(kev.normalise(source, make_document(source, body)))
    assert len(records) == json.loads(body)["count"]
    assert all(isinstance(record, Vulnerability) and record.known_exploited for record in records)
