"""Hash databases of ClamAV: the lines that it reads, and nothing that costs it the database."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import clamav
from tests.sharing.test_formats import ANYTHING, hostile_rows

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


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


LINE = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}):\*:Vigie\.[0-9a-f]{12}:73")


def test_a_file_of_any_size_is_known_by_its_hash() -> None:
    (line,) = clamav.render(
        [_entry(ObservableType.MD5, "44d88612fea8a8f36de82e1278abb02f")], "clamav/vigie.hdb"
    )
    assert line == "44d88612fea8a8f36de82e1278abb02f:*:Vigie.44d88612fea8:73\n"


@pytest.mark.parametrize("value", ["44d8", "Z" * 32, "0" * 40, "44D88612FEA8A8F36DE82E1278ABB02F"])
def test_what_is_no_hash_of_its_type_is_left_out(value: str) -> None:
    row = _entry(ObservableType.MD5, value)
    assert not clamav.carries(row)
    assert list(clamav.render([row], "clamav/vigie.hdb")) == []


@pytest.mark.parametrize("name", clamav.FILES)
def test_a_database_is_never_empty_and_says_that_it_lists_nothing(name: str) -> None:
    only = clamav.head(name, AT)
    assert only.count("\n") == 1
    assert clamav.count([only]) == 0


@ANYTHING
@given(rows=hostile_rows)
def test_every_line_is_one_that_clamav_reads(rows: list[Entry]) -> None:
    for name, types in clamav.FILES.items():
        text = "".join(clamav.render((row for row in rows if row.observable.type in types), name))
        assert all(LINE.fullmatch(line) for line in text.splitlines())
