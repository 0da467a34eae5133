"""Decide what a target must be told: from what it holds and what was released, nothing else.

A value that a target does not hold is never named to it, not even to be deleted: what lies above its
ceiling stays unknown to it. A value that it holds and may no longer have is deleted there.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from records import Entry, Observable, Withdrawal, WithdrawalReason
from sharing.formats.lines import is_one_word
from sharing.formats.ndjson import entry_of, line_of
from sharing.push.held import HeldEntry, key_of, observable_of
from sharing.push.published import Published, PublishedFile
from sharing.push.targets import Target

Kind = Literal["added", "changed", "removed"]
_REASONS = {  # what a filter's refusal is to someone who held the value
    "tlp": WithdrawalReason.UNSHAREABLE,
    "pap": WithdrawalReason.UNSHAREABLE,
    "confidence": WithdrawalReason.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a target is told of a value: `held` is what it has before, `text` what it has then, empty for nothing.

    The entry of a removed one says what the target knew already, when it left and why.
    """

    kind: Kind
    entry: Entry
    text: str
    held: HeldEntry | None = None

    @property
    def key(self) -> str:
        """What it is kept under."""
        return key_of(self.entry.observable)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that a target is to have (`text` is its SHA-256), or no longer to have (`text` is empty)."""

    kind: Kind
    key: str
    text: str
    path: Path = Path()
    media_type: str = ""


@dataclass(slots=True)
class View:
    """What a target holds (key -> text) and what was released; `left_out` counts what filters keep back."""

    target: Target
    things: dict[str, str]
    made_at: datetime
    left_out: Counter[str] = field(default_factory=Counter)


def plan(view: View, release: Published, number: int, *, same: bool) -> Iterator[Change]:
    """Yield what a target must be told, what leaves first; lazily, as `view.things` may change meanwhile.

    `number` is the last release that it has whole. Changes since then suffice where its filters are the `same`;
    otherwise the whole release is compared with what it holds.
    """
    chain = release.since(number) if same else None
    if chain is None:
        yield from from_snapshot(view, release.snapshot.lines, known=bool(number))
    else:
        yield from from_deltas(view, (line for file in chain for line in file.lines()))


def from_deltas(view: View, lines: Iterable[bytes]) -> Iterator[Change]:
    """Yield what follows from the lines of deltas, oldest first; of a value the last one counts."""
    last: dict[Observable, Entry] = {}
    for line in lines:
        row = entry_of(line)
        last[row.observable] = row
    rows = list(last.values())
    wanted = [row for row in rows if _is_wanted(view, row)]
    kept = {row.observable for row in wanted}
    for row in rows:
        if row.observable not in kept and key_of(row.observable) in view.things:
            reason = row.withdrawal.reason if row.withdrawal else _reason(view.target, row)
            yield _removed(view, key_of(row.observable), reason)
    for row in wanted:
        yield from _told(view, row)


def from_snapshot(
    view: View, lines: Callable[[], Iterable[bytes]], *, known: bool = False
) -> Iterator[Change]:
    """Yield what differs between all entries and what a target holds; `lines` are read once or twice.

    What a `known` target has not may be what it once deleted, so it is told as changed now.
    """
    if view.things:
        unwanted = dict.fromkeys(view.things, WithdrawalReason.UNSAID)
        for row in map(entry_of, lines()):
            key = key_of(row.observable)
            if key in unwanted:
                if not view.target.refusal(row):
                    del unwanted[key]
                else:
                    unwanted[key] = _reason(view.target, row)
        for key, reason in unwanted.items():
            yield _removed(view, key, reason)
    for row in map(entry_of, lines()):
        if _is_wanted(view, row):
            for change in _told(view, row):
                told = replace(change.entry, changed_at=max(row.changed_at, view.made_at))
                yield replace(change, entry=told) if known and change.kind == "added" else change


def parcels(things: dict[str, str], files: tuple[PublishedFile, ...]) -> Iterator[Parcel]:
    """Yield the files that a target must get or drop, where SHA-256 differs; `things` name -> SHA-256."""
    for name in sorted(things.keys() - {file.name for file in files}):
        yield Parcel("removed", name, "")
    for file in files:
        if things.get(file.name) != file.sha256:
            kind: Kind = "changed" if file.name in things else "added"
            yield Parcel(kind, file.name, file.sha256, file.path, file.media_type)


def _is_wanted(view: View, row: Entry) -> bool:
    """Say whether a target is to have an entry, and count those that a filter keeps back."""
    if row.withdrawal is not None or not is_one_word(row.observable):
        return False
    refusal = view.target.refusal(row)
    if refusal:
        view.left_out[refusal] += 1
    return not refusal


def _told(view: View, row: Entry) -> Iterator[Change]:
    text = HeldEntry(_digest(row), row.listed_at, row.marking).text()
    held = view.things.get(key_of(row.observable))
    if held is None:
        yield Change("added", row, text)
    elif held != text:
        yield Change("changed", row, text, HeldEntry.parse(held))


def _removed(view: View, key: str, reason: WithdrawalReason) -> Change:
    held = HeldEntry.parse(view.things[key])
    entry = Entry(
        observable=observable_of(key),
        marking=held.marking,
        confidence=0,
        sources=(),
        valid_from=held.listed_at,
        listed_at=held.listed_at,
        changed_at=view.made_at,
        withdrawal=Withdrawal(view.made_at, reason),
    )
    return Change("removed", entry, "", held)


def _reason(target: Target, row: Entry) -> WithdrawalReason:
    return _REASONS.get(target.refusal(row), WithdrawalReason.UNSAID)


def _digest(row: Entry) -> str:
    return blake2b(line_of(row), digest_size=8).hexdigest()
