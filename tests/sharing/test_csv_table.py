"""The table, read by Python's csv and cut as a French spreadsheet cuts it."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import csv_table

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
SIGNS = ("=", "+", "-", "@", "\t", "\r")

_words = st.text(st.sampled_from("a1;,|=+-@'\"\\/:. \t\r\n"), max_size=15)


def _text(rows: list[Entry]) -> str:
    return csv_table.head("", MADE_AT) + "".join(csv_table.render(rows))


def _table(rows: list[Entry]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(rows), newline=""), strict=True))


def _loaded(cell: str) -> str:
    """Read a cell as the documentation tells integrators to."""
    return cell.removeprefix("'")


@settings(deadline=None)
@given(value=_words, label=_words, source=_words)
def test_no_cell_begins_a_formula_and_every_value_comes_back(value: str, label: str, source: str) -> None:
    row = Entry(
        observable=Observable(ObservableType.URL, value),
        marking=Marking(),
        confidence=50,
        sources=(source,),
        labels=(label,),
        valid_from=MADE_AT,
        listed_at=MADE_AT,
        changed_at=MADE_AT,
    )
    for read in _table([row]):
        assert not any(cell.startswith(SIGNS) for cell in read.values())
        assert _loaded(read["value"]) == value
    for delimiter in ",;\t":
        cells = [cell for line in csv.reader(io.StringIO(_text([row])), delimiter=delimiter) for cell in line]
        assert not any(cell.startswith(SIGNS) for cell in cells)


def test_a_mailbox_that_looks_like_a_formula_is_guarded(rows: tuple[Entry, ...]) -> None:
    mailbox = next(read for read in _table(list(rows)) if read["type"] == "email-addr")
    assert mailbox["value"] == "'+facture@malware.example.org"


def test_an_apostrophe_of_the_value_itself_survives(rows: tuple[Entry, ...]) -> None:
    row = replace(rows[0], observable=Observable(ObservableType.EMAIL, "'=a@example.org"))
    assert _loaded(_table([row])[0]["value"]) == "'=a@example.org"


@pytest.mark.parametrize(
    "value", ["https://a.example/;=1", 'https://a.example/;"=1', "https://a.example/;@x"]
)
def test_a_formula_behind_a_semicolon_is_left_out(rows: tuple[Entry, ...], value: str) -> None:
    row = replace(rows[0], observable=Observable(ObservableType.URL, value))
    assert [read["value"] for read in _table([row, rows[0]])] == ["malware.example.org"]


def test_an_ordinary_semicolon_is_kept(rows: tuple[Entry, ...]) -> None:
    row = replace(rows[0], observable=Observable(ObservableType.URL, "https://a.example/;jsessionid=1"))
    assert len(_table([row])) == 1


def test_every_column_says_what_the_indicator_says(rows: tuple[Entry, ...]) -> None:
    read = _table([rows[1]])[0]
    assert read == {
        "type": "domain-name",
        "value": "veille.example.net",
        "tlp": "TLP:CLEAR",
        "pap": "PAP:AMBER",
        "confidence": "60",
        "valid_from": "2025-07-14T06:30:00Z",
        "valid_until": "",
        "first_seen_at": "",
        "last_seen_at": "",
        "sources": "certfr",
        "labels": "'=1+1|Rançongiciel, hôpital",
    }


def test_lines_end_as_rfc_4180_says(rows: tuple[Entry, ...]) -> None:
    lines = _text(list(rows)).split("\r\n")
    assert len(lines) == len(rows) + 2
    assert not lines[-1]
