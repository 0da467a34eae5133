"""Say when a source is due again; pure, so that a restart comes to the same instant."""

from datetime import datetime, timedelta
from hashlib import blake2b

from records import Source

LONGEST_PAUSE = timedelta(hours=24)  # of a failing source, unless its own interval is longer
PATIENCE = 11  # failures in a row after which even a pause of one minute has grown past a day
JITTER = 0.1  # of the interval, to either side: sources of one interval do not all come at once


def due_again(source: Source, last_at: datetime, failures: int) -> datetime:
    """Return when a source is due after its run that began at `last_at`, the last of `failures` bad ones in a
    row (0: it was good).

    Each failure doubles the pause, up to `LONGEST_PAUSE` or the interval where that is longer. The jitter
    depends on nothing but the source and the run.
    """
    interval = timedelta(minutes=source.interval_minutes)
    pause = min(interval * (1 << min(failures, PATIENCE)), max(LONGEST_PAUSE, interval))
    return last_at + pause + interval * JITTER * _lot(f"{source.id} {last_at.timestamp()}")


def _lot(name: str) -> float:
    """Return a number of [-1, 1) that looks drawn by chance and is always the same for one name."""
    drawn = int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
    return drawn / 2**63 - 1
