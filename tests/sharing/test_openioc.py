"""The OpenIOC document, read as XML."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import format_named, openioc, text_of
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


SPACE = "{http://openioc.org/schemas/OpenIOC_1.1}"


def _document(rows: Iterable[Entry]) -> ET.Element:
    return ET.fromstring("".join(text_of(format_named("openioc"), "openioc/vigie.ioc", rows, AT)))


def _values(rows: Iterable[Entry]) -> list[str | None]:
    return [content.text for content in _document(rows).iter(f"{SPACE}Content")]


def test_the_document_is_a_list_of_alternatives(rows: tuple[Entry, ...]) -> None:
    document = _document(rows)
    (indicator,) = document.iter(f"{SPACE}Indicator")
    assert document.tag == f"{SPACE}OpenIOC"
    assert indicator.get("operator") == "OR"
    assert len(indicator) == len(rows)


def test_all_ids_differ_and_stay(rows: tuple[Entry, ...]) -> None:
    ids = [node.get("id") for node in _document(rows).iter() if node.get("id")]
    assert len(ids) == len(set(ids)) == len(rows) + 2
    assert ids[-1] == [node.get("id") for node in _document(rows[-1:]).iter() if node.get("id")][-1]


@pytest.mark.parametrize("value", ["a&b", "]]>", "</Content>", "<!--", "\"'", "&#0;"])
def test_signs_of_xml_come_back_as_they_were(value: str) -> None:
    assert _values([_entry(ObservableType.URL, value)]) == [value]


@ANYTHING
@given(rows=hostile_rows)
def test_no_value_breaks_out_of_its_item(rows: list[Entry]) -> None:
    assert _values(rows) == [row.observable.value for row in rows if openioc.carries(row)]
