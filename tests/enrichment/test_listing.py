"""What may be listed is weighed: it ages, independent sources confirm it, a false positive ends it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from enrichment.listing import weighed
from records import (
    Indicator,
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    Provenance,
    Sighting,
    Source,
    record_id,
)

DAY = timedelta(days=1)
SOURCES = {
    name: Source(id=name, name=name, kind="indicator_list", url="https://a.example/", group=group)
    for name, group in (("one", "a"), ("echo", "a"), ("other", "b"))
}


def _said(source: str, now: datetime, **changes: object) -> Indicator:
    indicator = Indicator(
        id=record_id(source, "1"),
        source_id=source,
        native_id="1",
        observable=Observable(ObservableType.IPV4, "203.0.113.7"),
        marking=Marking(),
        provenance=Provenance(source, "https://a.example/", "0" * 64, now - DAY),
        confidence=70,
        last_seen_at=now - DAY,
    )
    return replace(indicator, **changes)  # type: ignore[arg-type]


def _row(*statements: Indicator) -> ListedIndicator:
    return ListedIndicator(
        observable=statements[0].observable,
        marking=Marking(),
        confidence=max(one.confidence for one in statements),
        sources=tuple(one.source_id for one in statements),
        statements=statements,
    )


def _listed(
    row: ListedIndicator, now: datetime, *sightings: Sighting, read_at: datetime | None = None
) -> ListedIndicator | None:
    heard = {row.observable: sightings}
    read = {one.source_id: read_at for one in row.statements if read_at}
    return next(weighed([row], SOURCES, heard, read, now=now), None)


def test_fresh_statement_is_listed_with_an_end_and_reasons(now: datetime) -> None:
    found = _listed(_row(_said("one", now)), now)
    assert found is not None and found.valid_until is not None
    assert now < found.valid_until < now + 30 * DAY
    assert 60 <= found.confidence <= 70 and {why.code for why in found.reasons} >= {
        "surest_voice",
        "half_life",
    }


def test_statement_that_has_faded_is_left_out(now: datetime) -> None:
    assert _listed(_row(_said("one", now, last_seen_at=now - 60 * DAY)), now) is None


@pytest.mark.parametrize(("second", "more"), [("echo", False), ("other", True)])
def test_only_a_source_of_another_group_confirms(now: datetime, second: str, more: bool) -> None:
    alone = _listed(_row(_said("one", now)), now)
    both = _listed(_row(_said("one", now), _said(second, now)), now)
    assert alone is not None and both is not None
    assert (both.confidence > alone.confidence) == more


def test_false_positive_ends_what_every_source_says(now: datetime) -> None:
    row = _row(_said("one", now), _said("other", now))
    report = Sighting(
        id="1",
        source_id="other",
        native_id="1",
        indicator_id=row.statements[1].id,
        provenance=Provenance("other", "https://a.example/", "0" * 64, now - DAY),
        marking=Marking(),
        false_positive=True,
    )
    assert _listed(row, now, report) is None


def test_list_without_dates_is_as_fresh_as_its_last_reading(now: datetime) -> None:
    old = Provenance("one", "https://a.example/", "0" * 64, now - 90 * DAY)
    row = _row(_said("one", now, last_seen_at=None, provenance=old))
    assert _listed(row, now) is None
    assert _listed(row, now, read_at=now - DAY) is not None
    dated = _row(_said("one", now, last_seen_at=now - 90 * DAY, provenance=old))
    assert _listed(dated, now, read_at=now - DAY) is None, "a date of its own says how old it is"


def test_source_read_a_moment_later_loses_nothing(now: datetime) -> None:
    row = _row(_said("one", now, last_seen_at=None))
    assert _listed(row, now, read_at=now + DAY) is not None
