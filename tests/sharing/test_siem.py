"""The look-up tables of SIEMs, read as CSV."""

import csv
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from records import TLP, Entry, Marking, Observable, ObservableType
from sharing.formats import format_named, siem, text_of
from tests.sharing.test_formats import ANYTHING, hostile_rows

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
TABLES = sorted(siem.FILES)
KEYS = {siem.SPLUNK: "indicator", siem.SENTINEL: "SearchKey", siem.ELASTIC: "threat.indicator.name"}
# Of the values that ECS 8 expects in `threat.indicator.type`, those of what we list.
ECS_TYPES = {"domain-name", "email-addr", "file", "ipv4-addr", "ipv6-addr", "url"}


def _table(name: str, rows: Iterable[Entry]) -> list[dict[str, str]]:
    text = "".join(text_of(format_named("siem"), name, rows, AT))
    return list(csv.DictReader(text.splitlines(keepends=True), strict=True))


def _row(**known: Any) -> Entry:
    fields: dict[str, Any] = {
        "observable": Observable(ObservableType.DOMAIN, "a.example"),
        "marking": Marking(),
        "confidence": 80,
        "sources": ("cell",),
        "valid_from": AT,
        "listed_at": AT,
        "changed_at": AT,
    } | known
    return Entry(**fields)


def _bare(cell: str) -> str:
    """Return a cell as whoever loads the table has it: without the apostrophe of the guard."""
    return cell.removeprefix("'")


@pytest.mark.parametrize("name", TABLES)
def test_every_table_says_each_value_once_under_its_key(name: str, rows: tuple[Entry, ...]) -> None:
    found = [_bare(line[KEYS[name]]) for line in _table(name, rows)]
    assert found == [row.observable.value for row in rows]


@pytest.mark.parametrize("name", TABLES)
@ANYTHING
@given(rows=hostile_rows)
def test_no_cell_begins_a_formula_and_every_value_comes_back(name: str, rows: list[Entry]) -> None:
    lines = _table(name, rows)
    assert [_bare(line[KEYS[name]]) for line in lines] == [
        row.observable.value for row in rows if siem.carries(row)
    ]
    for line in lines:
        assert None not in line and None not in line.values()  # as many cells as columns
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line.values())


@pytest.mark.parametrize(
    ("name", "kind", "column"),
    [
        (siem.SENTINEL, ObservableType.DOMAIN, "DomainName"),
        (siem.SENTINEL, ObservableType.EMAIL, "EmailSenderAddress"),
        (siem.SENTINEL, ObservableType.IPV4, "NetworkIP"),
        (siem.SENTINEL, ObservableType.IPV4_NET, "NetworkCidrBlock"),
        (siem.SENTINEL, ObservableType.IPV6, "NetworkIP"),
        (siem.SENTINEL, ObservableType.IPV6_NET, "NetworkCidrBlock"),
        (siem.SENTINEL, ObservableType.SHA1, "FileHashValue"),
        (siem.SENTINEL, ObservableType.URL, "Url"),
        (siem.ELASTIC, ObservableType.DOMAIN, "threat.indicator.url.domain"),
        (siem.ELASTIC, ObservableType.EMAIL, "threat.indicator.email.address"),
        (siem.ELASTIC, ObservableType.IPV4, "threat.indicator.ip"),
        (siem.ELASTIC, ObservableType.IPV6, "threat.indicator.ip"),
        (siem.ELASTIC, ObservableType.MD5, "threat.indicator.file.hash.md5"),
        (siem.ELASTIC, ObservableType.SHA1, "threat.indicator.file.hash.sha1"),
        (siem.ELASTIC, ObservableType.SHA256, "threat.indicator.file.hash.sha256"),
        (siem.ELASTIC, ObservableType.URL, "threat.indicator.url.full"),
    ],
)
def test_a_value_stands_in_the_column_of_its_type_only(
    name: str, kind: ObservableType, column: str, rows: tuple[Entry, ...]
) -> None:
    (row,) = [row for row in rows if row.observable.type is kind][:1]
    (line,) = _table(name, [row])
    value = line[KEYS[name]]
    assert {place for place, cell in line.items() if cell == value} == {KEYS[name], column}


def test_the_kind_of_a_hash_is_named_for_sentinel(rows: tuple[Entry, ...]) -> None:
    lines = _table(siem.SENTINEL, rows)
    hashes = {line["IndicatorType"]: line["FileHashType"] for line in lines if line["FileHashType"]}
    assert hashes == {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256"}


def test_elastic_gets_types_of_its_schema_and_no_network_as_an_address(rows: tuple[Entry, ...]) -> None:
    lines = _table(siem.ELASTIC, rows)
    assert {line["threat.indicator.type"] for line in lines} == ECS_TYPES
    networks = [line for line in lines if "/" in line["threat.indicator.name"].removeprefix("https://")[:20]]
    assert [line["threat.indicator.type"] for line in networks if not line["threat.indicator.url.full"]] == [
        "ipv4-addr",
        "ipv6-addr",
    ]
    assert not any("/" in line["threat.indicator.ip"] for line in lines)


@pytest.mark.parametrize(
    ("confidence", "word"),
    [(0, "None"), (1, "Low"), (29, "Low"), (30, "Medium"), (69, "Medium"), (70, "High"), (100, "High")],
)
def test_confidence_is_in_the_words_of_the_schema(confidence: int, word: str) -> None:
    (line,) = _table(siem.ELASTIC, [_row(confidence=confidence)])
    assert line["threat.indicator.confidence"] == word


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("tlp", TLP)
def test_the_marking_goes_along(name: str, tlp: TLP) -> None:
    (line,) = _table(name, [_row(marking=Marking(tlp))])
    assert tlp.label in line.values()


def test_several_sources_and_labels_are_told_apart() -> None:
    row = _row(sources=("a b", "c"), labels=("x|y", "p;q", '=r"'))
    (line,) = _table(siem.SPLUNK, [row])
    assert (line["sources"], line["labels"]) == ("a b|c", 'x/y|p,q|=r"')
    (guarded,) = _table(siem.SPLUNK, [replace(row, labels=("=r",))])
    assert guarded["labels"] == "'=r"


def test_an_unknown_instant_is_an_empty_cell() -> None:
    (line,) = _table(siem.ELASTIC, [_row()])
    assert (line["threat.indicator.first_seen"], line["threat.indicator.modified_at"]) == (
        "",
        "2026-05-01T08:00:00Z",
    )


@pytest.mark.parametrize("name", TABLES)
def test_lines_end_as_the_standard_wants(name: str, rows: tuple[Entry, ...]) -> None:
    text = "".join(text_of(format_named("siem"), name, rows, AT))
    assert text.count("\r\n") == text.count("\n") == len(rows) + 1
