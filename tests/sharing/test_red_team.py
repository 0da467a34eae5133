"""Poisoned feeds: nothing of them reaches any list, and the good entries beside them still go out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from benchmarks.red_team import BEFORE, FLOOD, GOOD, OWN_SITE, POISON, Flooded, flood, judged, red_team, said
from records import Edition, ListedIndicator, Observable, ObservableType
from sharing.interlock import Bounds, Rule, holds
from sharing.release import Release, Terms, release
from sharing.shield import load_shield
from tests.sharing.conftest import EditionOf

SHIELD = load_shield(own=(OWN_SITE,))
GOODS = {Observable(kind, value) for kind, value in GOOD}
POISONED = {Observable(kind, value) for values in POISON.values() for kind, value in values}
KNOWN = tuple(said(ObservableType.DOMAIN, f"known{number}.example", "certfr") for number in range(300))


@pytest.mark.parametrize("what", [*POISON, "good"])
def test_every_poisoned_value_is_stopped_and_every_good_one_is_not(what: str) -> None:
    rows = [row for row in judged(SHIELD) if row.what == what]
    assert rows
    assert {row.item.value for row in rows if bool(row.by) is (what == "good")} == set()


def _sorted(*rows: ListedIndicator) -> tuple[ListedIndicator, ...]:
    return tuple(sorted(rows, key=lambda row: row.observable))


def _listed(published: Path) -> set[Observable]:
    lines = (published / "indicators.ndjson").read_text().splitlines()
    rows = (json.loads(line) for line in lines)
    return {Observable(ObservableType(row["type"]), row["value"]) for row in rows}


@pytest.fixture
def released(tmp_path: Path, edition_of: EditionOf) -> tuple[Path, Release]:
    """The lists after a release of known names, and one into which the poisoned feed came."""
    published = tmp_path / "lists"
    first = edition_of(*KNOWN)
    release(first, published, shield=SHIELD)
    second = edition_of(*_sorted(*KNOWN, *red_team()), made_at=first.made_at + timedelta(hours=1))
    return published, release(second, published, shield=SHIELD)


def test_a_poisoned_feed_leaks_nothing_and_its_good_entries_go_out(released: tuple[Path, Release]) -> None:
    published, made = released
    assert _listed(published) == GOODS | {row.observable for row in KNOWN}
    assert set(made.shielded) | set(made.verdict.held) == POISONED


def test_no_list_of_any_format_holds_a_poisoned_value_on_a_line_of_its_own(
    released: tuple[Path, Release],
) -> None:
    poisoned = {item.value for item in POISONED}
    for path in released[0].rglob("*"):
        if path.is_file():
            assert not poisoned & set(path.read_text().splitlines()), path.name


def test_what_was_held_stays_held_until_it_is_approved(
    released: tuple[Path, Release], edition_of: EditionOf
) -> None:
    published, made = released
    rows = _sorted(*KNOWN, *red_team())
    again = edition_of(*rows, made_at=made.made_at + timedelta(hours=1))
    assert release(again, published, shield=SHIELD).verdict.held == made.verdict.held
    seen = frozenset(breach.key for breach in made.verdict.breaches)
    later = edition_of(*rows, made_at=made.made_at + timedelta(hours=2))
    passed = release(
        later, published, shield=SHIELD, terms=Terms(approved=seen, approval={"by": "x", "reason": "y"})
    )
    assert not passed.verdict.held
    assert set(made.verdict.held) <= _listed(published)
    assert set(made.shielded) & _listed(published) == set()


def test_one_source_that_floods_is_held_and_what_others_say_goes_out() -> None:
    held = holds(BEFORE, Flooded(FLOOD), Bounds())
    assert {(one.rule, one.subject) for one in held.values()} == {(Rule.FLOOD, "flooder")}
    assert len(held) == FLOOD - FLOOD // 1_000
    assert not set(held) & GOODS


class _Million:
    """Indicators of an edition, made anew at each pass: what is known, what is good, and a flood, in order."""

    def __init__(self, size: int) -> None:
        self._size = size
        others = _sorted(*KNOWN, *(said(kind, value, "certfr") for kind, value in GOOD))
        self._first = [row for row in others if row.observable < next(flood(1)).observable]
        self._last = others[len(self._first) :]

    def __iter__(self) -> Iterator[ListedIndicator]:
        yield from self._first
        yield from flood(self._size)
        yield from self._last


@pytest.mark.whole
def test_a_million_entries_of_one_source_never_reach_the_lists(tmp_path: Path, edition_of: EditionOf) -> None:
    published = tmp_path / "lists"
    first = edition_of(*KNOWN)
    release(first, published, shield=SHIELD)
    size = 1_000_000
    rows = cast(tuple[ListedIndicator, ...], _Million(size))
    flooded: Edition = replace(first, indicators=rows, made_at=first.made_at + timedelta(hours=1))
    made = release(flooded, published, shield=SHIELD)
    voiced = {row.observable for row in flood(size) if "certfr" in row.sources}
    assert _listed(published) == GOODS | {row.observable for row in KNOWN} | voiced
    assert len(made.verdict.held) == size - len(voiced)
