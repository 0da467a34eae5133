"""What goes on lists: an entry is what one release says of one observable, with nothing left open."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.indicators import Observable
from records.markings import Marking


class WithdrawalReason(StrEnum):
    """Why an observable left the lists."""

    EXPIRED = "expired"  # its validity ended, or our confidence in it has faded
    REVOKED = "revoked"  # its publisher took it back
    FALSE_POSITIVE = "false-positive"  # someone reported that it is harmless
    PROTECTED = "protected"  # the shield protects it now
    UNSHAREABLE = "unshareable"  # its marking rose above the audience of the lists
    UNSAID = "unsaid"  # no source says it any more
    HELD = "held"  # the interlock holds it until a human decides


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That an observable left the lists with the release of `at`, and why."""

    at: datetime
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list: an observable with what its sources say, merged, cleaned and dated.

    All instants are in UTC, cut to the second, none but `valid_until` is later than the release. `confidence` is
    0–100. `sources` are ids in alphabetical order, `labels` one line each and once. `listed_at` is the release
    that listed it first, `changed_at` the one that last changed anything of it. `health` says that a source ties
    it to the health sector. An entry with a `withdrawal` must not be acted on: it only tells those who keep
    copies that it is gone.
    """

    observable: Observable
    marking: Marking
    confidence: int
    sources: tuple[str, ...]
    labels: tuple[str, ...] = ()
    health: bool = False
    valid_from: datetime
    valid_until: datetime | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    listed_at: datetime
    changed_at: datetime
    withdrawal: Withdrawal | None = None
