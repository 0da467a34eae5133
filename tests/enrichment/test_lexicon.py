"""The word lists are complete, consistent, and say where their names come from."""

import csv

import pytest

from enrichment.lexicon import FOLDER, Kind, lexicon

LISTS = ("clinical", "socle")


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(("name", "least"), [("clinical", 150), ("socle", 80)])
def test_lists_are_of_real_size(name: str, least: int) -> None:
    assert len(rows(name)) >= least


@pytest.mark.parametrize("name", [*LISTS, "words", "families"])
def test_no_row_is_short_or_twice(name: str) -> None:
    found = [tuple(row.values()) for row in rows(name)]
    assert all(isinstance(value, str) and value == value.strip() for row in found for value in row)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", LISTS)
def test_every_row_names_its_source_and_family(name: str) -> None:
    families = {row["french"] for row in rows("families")}
    for row in rows(name):
        assert row["vendor"] and row["source"], row
        assert row["family"] in families, row
        assert row["needs_context"] in ("yes", "no"), row


def test_every_family_is_used() -> None:
    used = {row["family"] for name in LISTS for row in rows(name)}
    assert {row["french"] for row in rows("families")} == used


@pytest.mark.parametrize("name", LISTS)
def test_name_that_needs_its_vendor_is_not_its_vendor(name: str) -> None:
    for row in rows(name):
        if row["needs_context"] == "yes" and (row["product"] or name == "socle"):
            assert row["product"] not in ("", row["vendor"]), row


def test_french_market_is_there() -> None:
    names = {entry.name for entries in lexicon().entries.values() for entry in entries}
    expected = {"Dedalus ORBIS", "Maincare M-CrossWay", "Softway Medical Hôpital Manager", "Evolucare"}
    assert expected <= names


def test_every_kind_of_entry_is_there() -> None:
    kinds = {entry.kind for entries in lexicon().entries.values() for entry in entries}
    assert kinds == set(Kind)
