"""A restart knows what is due, and every source has a state that says since when."""

from datetime import datetime, timedelta

import pytest

import store
from records import Changes, RunStatus
from store.schedule import due_again
from tests.store import examples

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _due(archive: store.Archive, at: datetime, *, enabled: bool = True) -> bool:
    return bool(store.due_sources(archive, [examples.source(enabled=enabled)], now=at))


def test_source_is_due_when_its_pause_is_over(archive: store.Archive, now: datetime) -> None:
    assert _due(archive, now)
    store.record_run(archive, examples.run(now))
    at = due_again(examples.source(), now, 0)
    assert not _due(archive, at - timedelta(seconds=1))
    assert _due(archive, at)
    assert not _due(archive, at, enabled=False)


@pytest.mark.parametrize("bad", [RunStatus.FAILED, RunStatus.EMPTY])
def test_failing_source_is_asked_less_often_until_it_answers(
    archive: store.Archive, now: datetime, bad: RunStatus
) -> None:
    store.record_run(archive, examples.run(now - HOUR))
    for minutes in (0, 10):
        store.record_run(archive, examples.run(now + timedelta(minutes=minutes), bad))
    last = now + timedelta(minutes=10)
    assert not _due(archive, last + 3 * HOUR)
    assert _due(archive, last + 5 * HOUR)
    store.record_run(archive, examples.run(last + HOUR, RunStatus.PARTIAL))
    assert _due(archive, last + 3 * HOUR)


def test_source_that_asks_for_peace_gets_it(archive: store.Archive, now: datetime) -> None:
    store.record_run(archive, examples.run(now, RunStatus.FAILED), not_before_at=now + 5 * HOUR)
    assert not _due(archive, now + 4 * HOUR)
    assert _due(archive, now + 5 * HOUR)


def test_longest_waiting_comes_first(archive: store.Archive, now: datetime) -> None:
    for name, at in (("a", now - 2 * HOUR), ("b", now - 3 * HOUR)):
        store.record_run(archive, examples.run(at, source_id=name))
    sources = [examples.source(name) for name in ("a", "b", "c")]
    assert [source.id for source, _ in store.due_sources(archive, sources, now=now)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("runs", "state", "since"),
    [
        ([], "never", None),
        ([(0, RunStatus.OK, 1)], "ok", 0),
        ([(0, RunStatus.OK, 1), (1, RunStatus.FAILED, 0), (2, RunStatus.FAILED, 0)], "failing", 1),
        ([(0, RunStatus.FAILED, 0)], "failing", 0),
        ([(0, RunStatus.FAILED, 0), (3, RunStatus.OK, 1), (4, RunStatus.UNCHANGED, 0)], "ok", 3),
        ([(0, RunStatus.OK, 1), (2, RunStatus.EMPTY, 0)], "empty", 2),
        ([(-40 * 24, RunStatus.OK, 1), (0, RunStatus.UNCHANGED, 0)], "stale", -10 * 24),
        ([(-72, RunStatus.OK, 1)], "stale", -24),  # not read for two days
        ([(0, RunStatus.PARTIAL, 1)], "failing", 0),
    ],
)
def test_state_and_since_when(
    archive: store.Archive,
    now: datetime,
    runs: list[tuple[int, RunStatus, int]],
    state: str,
    since: int | None,
) -> None:
    for hours, status, new in runs:
        store.record_run(archive, examples.run(now + hours * HOUR, status, Changes(new=new)))
    (found,) = store.statuses(archive, [examples.source()], now=now + 5 * HOUR)
    assert found.state == state
    assert found.since_at == (None if since is None else now + since * HOUR)


def test_partly_read_source_that_holds_something_is_ok(archive: store.Archive, now: datetime) -> None:
    reading = store.Reading(examples.document(now), [examples.advisory(now)], complete=True)
    store.save(archive, "example", [reading], None, now=now)
    store.record_run(archive, examples.run(now, RunStatus.PARTIAL))
    assert [one.state for one in store.statuses(archive, [examples.source()], now=now)] == ["ok"]


def test_last_runs_are_the_newest_first(archive: store.Archive, now: datetime) -> None:
    made = [examples.run(now + n * HOUR, error=str(n)) for n in range(3)]
    for run in made:
        store.record_run(archive, run)
    assert store.last_runs(archive, "example", 2) == [made[2], made[1]]


def test_journal_keeps_the_order_and_the_details(archive: store.Archive, now: datetime) -> None:
    store.write_journal(archive, "publish", "site", at=now, details={"pages": 3})
    store.write_journal(archive, "release", "lists", at=now, actor="an analyst")
    lines = list(store.read_journal(archive))
    assert [(line.action, line.actor) for line in lines] == [
        ("publish", "vigie"),
        ("release", "an analyst"),
    ]
    assert lines[0].details == {"pages": 3}


def test_newest_line_of_each_subject_is_found(archive: store.Archive, now: datetime) -> None:
    for subject, state in (("a", "failing"), ("b", "stale"), ("a", "ok")):
        store.write_journal(archive, "alarm", subject, at=now, details={"state": state})
    told = {
        subject: entry.details["state"] for subject, entry in store.last_entries(archive, "alarm").items()
    }
    assert told == {"a": "ok", "b": "stale"}
    assert store.last_entries(archive, "publish") == {}
