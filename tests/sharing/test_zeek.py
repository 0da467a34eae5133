"""The intelligence file of Zeek, read as Zeek reads it: no package brings Zeek to this machine."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import may_be_blocked, zeek
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


def _read(rows: Iterable[Entry]) -> list[dict[str, str]]:
    r"""Read a file by the rules of Zeek's ASCII reader: a header, tabs, comments, `\xNN`, `-` for nothing."""
    text = zeek.head("zeek/vigie.intel", AT) + "".join(zeek.render(rows))
    header, *lines = text.split("\n")[:-1]
    columns = header.removeprefix("#fields\t").split("\t")
    told = (line.split("\t") for line in lines if not line.startswith("#"))
    return [
        {column: _text(cell) for column, cell in zip(columns, cells, strict=True) if cell not in ("-", "")}
        for cells in told
    ]


def _text(cell: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), cell)


def _value(kind: ObservableType, value: str) -> str:
    return _read([_entry(kind, value)])[0]["indicator"]


def test_every_type_has_one_of_zeeks(rows: tuple[Entry, ...]) -> None:
    found = _read(rows)
    assert {line["indicator_type"] for line in found} == {
        "Intel::ADDR",
        "Intel::SUBNET",
        "Intel::DOMAIN",
        "Intel::URL",
        "Intel::EMAIL",
        "Intel::FILE_HASH",
    }
    assert all(line["meta.source"] == "vigie" and line["meta.desc"] for line in found)


def test_a_url_is_written_as_zeek_sees_requests() -> None:
    assert _value(ObservableType.URL, "http://u:p@evil.example:8080/a?b=1#c") == "evil.example:8080/a?b=1"


@pytest.mark.parametrize("value", ["#a", "-", "-a", "(empty)", r"a\x41", "\\", "a#b"])
def test_what_the_reader_would_read_otherwise_is_escaped(value: str) -> None:
    assert _value(ObservableType.EMAIL, value) == value


@ANYTHING
@given(rows=hostile_rows)
def test_no_value_leaves_its_cell(rows: list[Entry]) -> None:
    found = _read(rows)
    carried = [row.observable for row in rows if may_be_blocked(row)]
    assert len(found) == len(carried)
    for line, item in zip(found, carried, strict=True):
        assert item.type is ObservableType.URL or line["indicator"] == item.value
