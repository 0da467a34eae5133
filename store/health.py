"""Decide whether a source has begun to offer markedly less than it used to; pure.

The rule is ours: half of its own usual volume, or more than half of what it held taken back at once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median

from records import Run

HISTORY = 10  # earlier volumes whose median is the usual one
LEAST_HISTORY = 3  # with fewer nothing is usual
LEAST_USUAL = 10  # items; below, a half is chance
LEAST_WITHDRAWN = 20  # records taken back by one run
WINDOW = 3 * HISTORY  # runs to look at: by then a smaller volume has become the usual one


def shrinking_since(runs: Sequence[Run], *, standing: int, incremental: bool) -> datetime | None:
    """Return the start of the run with which a source began to shrink, `None` where it does not.

    `runs` are those that found, brought or withdrew something, oldest first; `standing` is how many
    records of the source stand after the last of them. The state ends with a run that offers half of the
    usual volume again, be it that the usual volume has come down. What an `incremental` source offers is
    what has come since, and what a run found beside answers of "not modified" is not all there is: neither
    is compared.
    """
    since: datetime | None = None
    volumes: list[int] = []
    for run, held in zip(runs, _held_before(runs, standing), strict=True):
        offered = 0 if run.not_modified else run.found
        usual = median(volumes[-HISTORY:]) if volumes else 0
        enough = 2 * offered >= usual
        known = len(volumes) >= LEAST_HISTORY and usual >= LEAST_USUAL
        withdrawn = run.changes.withdrawn
        if (withdrawn >= LEAST_WITHDRAWN and 2 * withdrawn > held) or (offered and known and not enough):
            since = since or run.started_at
        elif offered and enough:
            since = None
        if offered and not incremental:
            volumes.append(offered)
    return since


def _held_before(runs: Sequence[Run], standing: int) -> Iterator[int]:
    """Yield how many records stood before each run, reckoned back from those that stand now."""
    held: list[int] = []
    for run in reversed(runs):
        standing += run.changes.withdrawn - run.changes.new
        held.append(standing)
    return reversed(held)
