"""A source that fails is asked less and less often, and no two sources keep the same step."""

from datetime import datetime, timedelta

import pytest

from store.schedule import due_again
from tests.store import examples

MINUTE = timedelta(minutes=1)
DAY = 1440


@pytest.mark.parametrize(
    ("interval", "failures", "minutes"),
    [
        (60, 0, 60),
        (60, 1, 120),
        (60, 2, 240),
        (60, 4, 960),
        (60, 5, DAY),  # 1 920 would be more than a day
        (60, 1_000, DAY),
        (1, 11, DAY),
        (DAY, 3, DAY),
        (7 * DAY, 3, 7 * DAY),  # its own interval is longer than a day
    ],
)
def test_pause_doubles_with_each_failure_up_to_a_day(
    now: datetime, interval: int, failures: int, minutes: int
) -> None:
    pause = due_again(examples.source(interval_minutes=interval), now, failures) - now
    assert abs(pause - minutes * MINUTE) <= interval * MINUTE / 10


def test_jitter_is_the_same_after_a_restart_and_differs_by_source_and_run(now: datetime) -> None:
    pauses = {
        (name, hour): due_again(examples.source(name), now + timedelta(hours=hour), 0)
        - now
        - timedelta(hours=hour)
        for name in ("a", "b", "c")
        for hour in range(40)
    }
    assert len(set(pauses.values())) == len(pauses)
    assert all(54 * MINUTE <= pause <= 66 * MINUTE for pause in pauses.values())
    assert min(pauses.values()) < 56 * MINUTE and max(pauses.values()) > 64 * MINUTE
    assert due_again(examples.source("a"), now, 0) - now == pauses["a", 0]
