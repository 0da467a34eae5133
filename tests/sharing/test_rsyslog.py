"""The look-up table, read as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given

from records import PAP, TLP, Entry, Marking, Observable, ObservableType
from sharing.formats import format_named, rsyslog, text_of
from tests.sharing.test_formats import ANYTHING, hostile_rows

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
TABLE = "siem/rsyslog.json"
NETWORKS = {ObservableType.IPV4_NET, ObservableType.IPV6_NET}


def _table(rows: Sequence[Entry]) -> dict[str, Any]:
    mine = [row for row in rows if row.observable.type in rsyslog.FILES[TABLE]]
    table: dict[str, Any] = json.loads("".join(text_of(format_named("rsyslog"), TABLE, mine, AT)))
    return table


def _found(rows: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(line["index"], line["value"]) for line in _table(rows)["table"]]


def test_the_table_is_one_of_strings_and_says_the_type_of_each_value(rows: tuple[Entry, ...]) -> None:
    table = _table(rows)
    assert (table["version"], table["type"], table["nomatch"]) == (1, "string", "")
    assert table["table"][0] == {"index": "", "value": ""}
    assert _found(rows)[1:] == [
        (row.observable.value, row.observable.type.value)
        for row in rows
        if row.observable.type not in NETWORKS
    ]


def test_an_empty_table_is_one_that_finds_nothing() -> None:
    assert _found([]) == [("", "")]


def test_what_may_only_be_watched_is_watched() -> None:
    row = Entry(
        observable=Observable(ObservableType.DOMAIN, "a.example"),
        marking=Marking(TLP.CLEAR, PAP.AMBER),
        confidence=80,
        sources=("cell",),
        valid_from=AT,
        listed_at=AT,
        changed_at=AT,
    )
    assert _found([row])[1:] == [("a.example", "domain-name")]


@ANYTHING
@given(rows=hostile_rows)
def test_whatever_stands_in_a_value_the_table_is_json_and_holds_it(rows: list[Entry]) -> None:
    carried = [row for row in rows if row.observable.type not in NETWORKS and rsyslog.carries(row)]
    assert _found(rows)[1:] == [(row.observable.value, row.observable.type.value) for row in carried]
