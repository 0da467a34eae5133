"""Draft a release: judge what may be listed, compare it with the last release, and write both down."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from records import (
    Entry,
    ListedIndicator,
    Observable,
    ObservableType,
    Withdrawal,
    WithdrawalReason,
    observable,
)
from sharing.comparing import Compared, Gone, compared
from sharing.formats.lines import is_one_word
from sharing.formats.ndjson import entry_of
from sharing.profiles import Profile
from sharing.shield import Shield, suppression
from sharing.suppressions import ShieldRule, Suppression

_ADDED = b'{"change":"added",'


@dataclass(slots=True)
class Draft:
    """What a release will hold, in two files: `spool`, every entry of it and every remembered withdrawal as a line
    sorted by type and value, and `changes`, the lines that differ from the last release, each with its `change`.

    `counts` says how many changes there are of each kind, `standing` how many entries of each type, `sources`
    how many each source says, `passing` how many pass each profile, `ended` how many of each type left for a reason of
    their own, and not only because nobody says them any more. `shielded` says of each value that is on no list why.
    """

    spool: Path
    changes: Path
    counts: Counter[str] = field(default_factory=Counter)
    standing: Counter[ObservableType] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    passing: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    shielded: dict[Observable, Suppression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Who decides: the shield, what a human must see first, and who knows why something is said no more."""

    shield: Shield | None
    gone: Gone
    held: Collection[Observable] = frozenset()
    profiles: Sequence[Profile] = ()


def draft(
    rows: Iterable[ListedIndicator], before: Iterable[bytes], folder: Path, made_at: datetime, judges: Judges
) -> Draft:
    """Write the draft of a release into `folder`; `rows` and `before` are sorted by type and value."""
    made = Draft(folder / "spool.ndjson", folder / "changes.ndjson")

    def gone(item: Observable) -> WithdrawalReason:
        if item in made.shielded:
            return WithdrawalReason.PROTECTED
        return judges.gone(item)

    entries = _listed(rows, made, judges)
    with made.spool.open("wb") as spool, made.changes.open("wb") as changes:
        for one in compared(entries, before, made_at, gone):
            spool.write(one.line)
            if one.kind:
                changes.write(change_line(one))
                made.counts[one.kind] += 1
                if one.entry is not None and one.entry.withdrawal is not None:
                    made.ended[one.entry.observable.type.value] += _is_explained(one.entry.withdrawal)
    return made


def _is_explained(withdrawal: Withdrawal) -> bool:
    return withdrawal.reason is not WithdrawalReason.UNSAID


@dataclass(frozen=True, slots=True)
class Added:
    """The entries that a draft adds, read from its changes each time anew."""

    changes: Path

    def __iter__(self) -> Iterator[Entry]:
        with self.changes.open("rb") as lines:
            for line in lines:
                if line.startswith(_ADDED):
                    yield entry_of(b"{" + line.removeprefix(_ADDED))


def change_line(one: Compared) -> bytes:
    """Return a change as a delta tells it: the entry's line with `change` as its first key."""
    return b'{"change":"' + one.kind.encode() + b'",' + one.line[1:]


def _listed(rows: Iterable[ListedIndicator], made: Draft, judges: Judges) -> Iterator[ListedIndicator]:
    """Yield the rows that may be listed; note of the others why not, and count."""
    for row in rows:
        if row.observable in judges.held:
            continue
        if found := refusal(row.observable, judges.shield):
            made.shielded[row.observable] = found
            continue
        made.standing[row.observable.type] += 1
        made.sources.update(row.sources)
        for profile in judges.profiles:
            made.passing[profile.name] += profile.takes(row)
        yield row


def refusal(item: Observable, shield: Shield | None) -> Suppression | None:
    """Say why a value may not be listed: it is not one word in its one form, or the shield refuses it.

    Any other form may be a trap: an address list with a name in it makes some firewalls ask the name
    servers.
    """
    try:
        canonical = is_one_word(item) and observable(item.type, item.value) == item
    except ValueError:
        canonical = False
    if not canonical:
        return Suppression("shield", ShieldRule.FORM, str(item.type))
    return suppression(item, shield)
