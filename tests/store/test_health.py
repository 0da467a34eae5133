"""A source that offers much less than it used to is said to shrink, and only as long as that is news."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import store
from records import Changes, FetchState, Run
from store.health import shrinking_since
from tests.store import examples

HOUR = timedelta(hours=1)
Offer = int | tuple[int, int] | tuple[int, int, int]  # found, withdrawn, new


def _runs(now: datetime, offers: list[Offer]) -> list[Run]:
    runs = []
    for hour, offer in enumerate(offers):
        found, withdrawn, new = (*(offer if isinstance(offer, tuple) else (offer,)), 0, 0)[:3]
        made = examples.run(now + hour * HOUR, changes=Changes(new=new, withdrawn=withdrawn))
        runs.append(replace(made, found=found))
    return runs


@pytest.mark.parametrize(
    ("offers", "standing", "since"),
    [
        ([], 0, None),
        ([100], 0, None),
        ([100, 100, 10], 0, None),  # two are no history
        ([100, 100, 100, 49], 0, 3),
        ([100, 100, 100, 50], 0, None),  # half is enough
        ([9, 9, 9, 1], 0, None),  # of so few, a half is chance
        ([10, 10, 10, 4], 0, 3),
        ([100, 100, 100, 20, 20], 0, 3),  # it goes on, since the first
        ([100, 100, 100, 20, 80], 0, None),  # it is over
        ([100, 100, 100, 20, 20, 20, 20, 20], 0, None),  # so it is now: the usual volume has come down
        ([*[10] * 10, *[100] * 10, 20], 0, 20),  # only the last ten count
        ([100, 100, 100, 20, 90, 30], 0, 5),
        ([(100, 0, 100), (40, 60)], 40, 1),  # most of it taken back at once
        ([(100, 0, 100), (50, 50)], 50, None),  # half of it is not most
        ([(19, 0, 19), (1, 19)], 0, None),  # few
        ([(100, 0, 100), (40, 60), 90], 40, None),
        ([(100, 0, 100), (40, 60), 30], 40, 1),
        ([(100, 0, 100), (40, 60), (30, 0, 500)], 540, 1),  # what came later was not held then
    ],
)
def test_shrinking_and_since_when(
    now: datetime, offers: list[Offer], standing: int, since: int | None
) -> None:
    found = shrinking_since(_runs(now, offers), standing=standing, incremental=False)
    assert found == (None if since is None else now + since * HOUR)


def test_incremental_source_with_little_news_does_not_shrink(now: datetime) -> None:
    runs = _runs(now, [500, 40, 60, 50, 3])
    assert shrinking_since(runs, standing=0, incremental=True) is None
    assert shrinking_since(runs, standing=0, incremental=False) is not None


def test_incremental_source_that_takes_back_most_of_it_shrinks_until_it_brings_something(
    now: datetime,
) -> None:
    runs = _runs(now, [(100, 0, 100), (80, 80)])
    assert shrinking_since(runs, standing=20, incremental=True) == now + HOUR
    assert shrinking_since(_runs(now, [(100, 0, 100), (80, 80), 5]), standing=20, incremental=True) is None


def test_run_that_asked_for_part_of_it_is_no_measure(now: datetime) -> None:
    runs = _runs(now, [100, 100, 100, 20])
    runs[-1] = replace(runs[-1], not_modified=4)
    assert shrinking_since(runs, standing=0, incremental=False) is None


def _record(archive: store.Archive, now: datetime, offers: list[Offer]) -> None:
    for run in _runs(now, offers):
        store.record_run(archive, run)


@pytest.mark.parametrize("quiet", [0, 500])
def test_shrinking_shows_however_often_nothing_was_new_since(
    archive: store.Archive, now: datetime, quiet: int
) -> None:
    _record(archive, now, [*[0] * quiet, 100, *[0] * quiet, 100, 100, 20, 0])
    (found,) = store.statuses(archive, [examples.source()], now=now + (2 * quiet + 5) * HOUR)
    assert (found.state, found.since_at) == ("shrinking", now + (2 * quiet + 3) * HOUR)


def test_source_with_a_bookmark_in_time_is_not_compared(archive: store.Archive, now: datetime) -> None:
    _record(archive, now, [100, 100, 100, 20])
    store.save(archive, "example", [], FetchState(cursor="2025-07-20T18:00:00Z"), now=now)
    (found,) = store.statuses(archive, [examples.source()], now=now + 5 * HOUR)
    assert found.state == "ok"


def test_what_a_run_takes_back_is_measured_against_what_stood(archive: store.Archive, now: datetime) -> None:
    many = [examples.indicator(now, f"198.51.100.{n}") for n in range(40)]
    for hour, kept in enumerate((many, many[:15])):
        reading = store.Reading(examples.document(now), kept, complete=True)
        changes = store.save(archive, "example", [reading], None, now=now + hour * HOUR)
        store.record_run(archive, examples.run(now + hour * HOUR, changes=changes))
    (found,) = store.statuses(archive, [examples.source()], now=now + 2 * HOUR)
    assert (found.state, found.since_at) == ("shrinking", now + HOUR)
