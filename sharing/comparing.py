"""Say what changes between two releases: what comes, what goes and why, what is said otherwise."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from records import Entry, ListedIndicator, Observable, Withdrawal, WithdrawalReason
from sharing.formats.lines import labels
from sharing.formats.ndjson import entry_of, line_of, told

REMEMBERED = timedelta(days=30)  # how long a withdrawal is told to those who keep copies

Kind = Literal["", "added", "changed", "removed"]
Gone = Callable[[Observable], WithdrawalReason]


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the new release's state: an entry or a remembered withdrawal, and how it came about.

    `entry` is given for what changed only.
    """

    line: bytes
    kind: Kind
    entry: Entry | None = None


def entry_from(row: ListedIndicator, made_at: datetime) -> Entry:
    """Return a weighed observable as an entry of the release of `made_at`, as if it were its first.

    An unknown beginning of validity is the first sighting, else when the archive last changed it.
    """
    return Entry(
        observable=row.observable,
        marking=row.marking,
        confidence=row.confidence,
        sources=row.sources,
        labels=labels(row.labels),
        health=row.health,
        valid_from=second(_start(row, made_at)),
        valid_until=row.valid_until and second(row.valid_until),
        first_seen_at=row.first_seen_at and second(row.first_seen_at),
        last_seen_at=row.last_seen_at and second(row.last_seen_at),
        listed_at=made_at,
        changed_at=made_at,
    )


def _start(row: ListedIndicator, made_at: datetime) -> datetime:
    return row.valid_from or row.first_seen_at or row.changed_at or made_at


def second(at: datetime) -> datetime:
    """Cut an instant to the second."""
    return at.replace(microsecond=0) if at.microsecond else at


def compared(
    rows: Iterable[ListedIndicator], before: Iterable[bytes], made_at: datetime, gone: Gone
) -> Iterator[Compared]:
    """Yield the state of a new release, sorted by type and value, from that of the last one.

    `rows` are what is listed now and `before` the lines of the last state, both sorted by type and value; `made_at`
    is a whole second. `gone` says why an observable that was listed is not any more.
    """
    old = _Reader(before)
    for row in rows:
        said = told(row, _start(row, made_at))
        while old.said != said and old.entry is not None and old.entry.observable < row.observable:
            yield from _left(old.entry, old.line, made_at, gone)
            old.advance()
        if old.said == said:
            yield Compared(old.line, "")
            old.advance()
            continue
        entry = entry_from(row, made_at)
        if old.entry is None or old.entry.observable != row.observable:
            yield Compared(line_of(entry), "added", entry)
            continue
        kind: Kind = "added" if old.entry.withdrawal else "changed"
        entry = replace(entry, listed_at=old.entry.listed_at)
        yield Compared(line_of(entry), kind, entry)
        old.advance()
    while old.entry is not None:
        yield from _left(old.entry, old.line, made_at, gone)
        old.advance()


class _Reader:
    """The lines of a state, one at a time; they are decoded only where someone asks.

    `said` is what the line says of its observable, which no standing row says of one that was withdrawn.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.advance()

    def advance(self) -> None:
        """Go to the next line; the line is empty after the last one."""
        self.line = next(self._lines, b"")
        self.said = self.line[: self.line.rindex(b',"listed":"')] if self.line else b""
        self._entry: Entry | None = None

    @property
    def entry(self) -> Entry | None:
        """The entry of the line, `None` after the last one."""
        if self._entry is None and self.line:
            self._entry = entry_of(self.line)
        return self._entry


def _left(old: Entry, old_line: bytes, made_at: datetime, gone: Gone) -> Iterator[Compared]:
    """Yield what is remembered of an observable that is not listed now."""
    if old.withdrawal is None:
        entry = replace(old, withdrawal=Withdrawal(made_at, gone(old.observable)), changed_at=made_at)
        yield Compared(line_of(entry), "removed", entry)
    elif is_remembered(old.withdrawal, made_at):
        yield Compared(old_line, "")


def is_remembered(withdrawal: Withdrawal, made_at: datetime) -> bool:
    """Say whether a release still tells a withdrawal."""
    return made_at - withdrawal.at < REMEMBERED
