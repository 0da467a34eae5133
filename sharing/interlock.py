"""Decide whether what a release changes is believable, or a human must look first.

What can be laid at one door is held alone: the new entries of a source that floods, and critical ones. Its
neighbours go out. What cannot, such as lists that shrink, stops the release; the last good one stays out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from records import Entry, Observable, ObservableType, PublishError
from sharing.critical import why_critical

SHOWN = 20  # values of each hold that a review shows


class Rule(StrEnum):
    """What is not believable."""

    FLOOD = "flood"  # one source adds far more than it had
    CRITICAL = "critical"  # an entry that could stop a hospital
    GROWTH = "growth"  # the lists grow too much at once
    SHRINKAGE = "shrinkage"  # the lists shrink too much at once
    EMPTY = "empty"  # a type that was there is gone
    MIX = "mix"  # the types are not in their proportions any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much may change from one release to the next without a human.

    Ratios are to the last release: `growth` 0.5 lets the lists grow by half. Below `floor` entries nothing is
    counted as growth or shrinkage, below `source_floor` additions no source floods. `mix` is the change of a
    type's share, in points of 100.
    """

    growth: float = 0.5
    shrinkage: float = 0.3
    floor: int = 100
    source_growth: float = 1.0
    source_floor: int = 10_000
    mix: float = 25.0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries a release has, of each type and by each source (an entry counts for each of its sources)."""

    total: int = 0
    types: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as the ledger keeps it."""
        return {"total": self.total, "types": dict(self.types), "sources": dict(self.sources)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Tally":
        """Return what `as_json` gave."""
        return cls(body["total"], body["types"], body["sources"])


@dataclass(frozen=True, slots=True)
class Breach:
    """What is not believable: of what `subject`, how much there was and is, and what was allowed."""

    rule: Rule
    subject: str
    before: int
    after: int
    bound: str

    @property
    def english(self) -> str:
        """One sentence for whoever decides."""
        return _SENTENCES[self.rule].format(
            subject=self.subject, before=self.before, after=self.after, bound=self.bound
        )

    @property
    def key(self) -> tuple[str, str]:
        """What an approval names."""
        return self.rule.value, self.subject


_SENTENCES = {
    Rule.FLOOD: "{subject} adds {after} entries; it had {before} and may add {bound}: they are held",
    Rule.CRITICAL: "{subject} {bound}: it is held",
    Rule.GROWTH: "the lists grow from {before} to {after} entries; {bound} may be added",
    Rule.SHRINKAGE: "the lists shrink from {before} to {after} entries; {bound} may leave",
    Rule.EMPTY: "no {subject} is left of {before}",
    Rule.MIX: "{subject} went from {before} to {after} hundredths of the lists; {bound} points are allowed",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may not go out without a human: `held` entries, each with its reason, and what `stops` the release."""

    held: Mapping[Observable, Breach] = field(default_factory=dict)
    stops: tuple[Breach, ...] = ()

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """All that a human is asked about, each once."""
        return (*dict.fromkeys(self.held.values()), *self.stops)


class HeldError(PublishError):
    """The interlock stopped a release; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        said = "; ".join(breach.english for breach in verdict.stops)
        super().__init__(
            f"the release is stopped: {said}; the last one stays, look with `vigie release --review` and let it "
            "pass with `vigie release --approve --reason …`"
        )
        self.verdict = verdict


def holds(
    before: Tally | None,
    added: Iterable[Entry],
    bounds: Bounds,
    approved: frozenset[tuple[str, str]] = frozenset(),
) -> dict[Observable, Breach]:
    """Return the new entries that are held, each with its reason.

    An entry that a source which does not flood says too is not held for the flood. Before the first
    release no source has a past, so only critical entries are held.
    """
    held: dict[Observable, Breach] = {}
    rows = list(added)
    floods = _floods(before, rows, bounds) if before is not None else {}
    for row in rows:
        breach = _critical(row)
        if breach is None and floods and all(source in floods for source in row.sources):
            breach = floods[row.sources[0]]
        if breach is not None and breach.key not in approved:
            held[row.observable] = breach
    return held


def _critical(row: Entry) -> Breach | None:
    why = why_critical(row)
    return Breach(Rule.CRITICAL, row.observable.value, 0, 1, why) if why else None


def _floods(before: Tally, rows: Iterable[Entry], bounds: Bounds) -> dict[str, Breach]:
    """Return the sources that add more than they may."""
    adds = Counter(source for row in rows for source in row.sources)
    found = {}
    for source, number in adds.items():
        had = before.sources.get(source, 0)
        bound = max(bounds.source_floor, int(had * bounds.source_growth))
        if number > bound:
            found[source] = Breach(Rule.FLOOD, source, had, number, str(bound))
    return found


def stops(
    before: Tally | None,
    after: Tally,
    ended: Mapping[str, int],
    bounds: Bounds,
    approved: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[Breach, ...]:
    """Return what stops a release as a whole; nothing stops the first.

    `ended` counts, by type, what left for a reason of its own: it expired, was revoked, was reported harmless. It must
    leave, so the lists are compared as if it were still there.
    """
    if before is None or not before.total:
        return ()
    types = {kind.value: after.types.get(kind.value, 0) + ended.get(kind.value, 0) for kind in ObservableType}
    there = Tally(sum(types.values()), types)
    found = [*_sizes(before, there, bounds), *_types(before, there, bounds)]
    return tuple(breach for breach in found if breach.key not in approved)


def _sizes(before: Tally, after: Tally, bounds: Bounds) -> Iterable[Breach]:
    grown, lost = after.total - before.total, before.total - after.total
    may_grow = max(bounds.source_floor, int(before.total * bounds.growth))
    may_lose = max(bounds.floor, int(before.total * bounds.shrinkage))
    if grown > may_grow:
        yield Breach(Rule.GROWTH, "lists", before.total, after.total, str(may_grow))
    if lost > may_lose or not after.total:
        yield Breach(Rule.SHRINKAGE, "lists", before.total, after.total, str(may_lose))


def _types(before: Tally, after: Tally, bounds: Bounds) -> Iterable[Breach]:
    for kind in ObservableType:
        had, has = before.types.get(kind.value, 0), after.types.get(kind.value, 0)
        if had >= bounds.floor and not has:
            yield Breach(Rule.EMPTY, kind.value, had, 0, "0")
        elif min(before.total, after.total) >= bounds.floor:
            was, now = 100 * had / before.total, 100 * has / after.total
            if abs(now - was) > bounds.mix:
                yield Breach(Rule.MIX, kind.value, round(was), round(now), f"{bounds.mix:g}")


def review(verdict: Verdict) -> str:
    """Return what a human reads before deciding: each breach, and the first values it holds."""
    lines = []
    for breach in verdict.breaches:
        lines.append(f"{breach.rule.value}: {breach.english}")
        values = [item.value for item, why in verdict.held.items() if why == breach]
        if breach.rule is not Rule.CRITICAL:
            lines += [f"  {value}" for value in sorted(values)[:SHOWN]]
            if len(values) > SHOWN:
                lines.append(f"  … and {len(values) - SHOWN} more")
    return "\n".join(lines) if lines else "Nothing is held: the release may go out as it is."
