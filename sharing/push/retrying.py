"""Ask again when a target does not answer: a few times, later each time, and never past its time."""

from collections.abc import Callable
from typing import TypeVar

from sharing.push.targets import Clock, UnreachableError

TRIES = 4
LONGEST = 60.0  # seconds between two tries, whatever the target asks for

T = TypeVar("T")


def retried(call: Callable[[], T], clock: Clock, until: float) -> T:
    """Return what a call returns; it must be safe to repeat. Raises `UnreachableError` after the last try.

    The waits are about 1, 2 and 4 seconds, each from half to once and a half of it by chance, so that
    many senders do not come back together; or what the target asks for (Retry-After, RFC 9110 § 10.2.3).
    None goes beyond `until`, an instant of `clock.elapsed`.
    """
    attempt = 0
    while True:
        try:
            return call()
        except UnreachableError as error:
            wait = 2**attempt * (0.5 + clock.chance()) if error.after is None else min(error.after, LONGEST)
            attempt += 1
            if attempt == TRIES or clock.elapsed() + wait > until:
                raise
        clock.sleep(wait)
