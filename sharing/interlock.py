"""Decide whether what a release changes is believable, or a human must look first.

What can be laid at one door is held alone: the new entries of a source that floods, and critical ones. Its
neighbours go out. What cannot, such as lists that shrink, stops the release; the last good one stays out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import Any

from records import Entry, Observable, ObservableType, PublishError, defang
from sharing.critical import names_below, why_critical

SHOWN = 20  # values of each hold that a review shows


class Rule(StrEnum):
    """What is not believable."""

    FLOOD = "flood"  # one source adds far more than it had
    SHARE = "share"  # one source becomes the voice of the lists
    CRITICAL = "critical"  # an entry that could stop a hospital
    GROWTH = "growth"  # the lists grow too much at once
    SHRINKAGE = "shrinkage"  # the lists shrink too much at once
    EMPTY = "empty"  # a type that was there is gone
    MIX = "mix"  # the types are not in their proportions any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much may change from one release to the next without a human.

    Ratios are to the last release: with `growth` 0.5 the lists may grow by half, with `source_growth` 1.0 a source
    may add as many entries as it had. Shares are of all entries, in points of 100: `mix` is how far that of a type
    may move, `share` how far that of a source may rise. So many additions as `source_floor` are never too many,
    whether of one source or of all, and so many losses as `floor` never either: short lists change freely.
    `crowd` is from how many listed names below it on a name counts as a place where strangers have theirs.
    """

    growth: float = 0.5
    shrinkage: float = 0.3
    floor: int = 100
    source_growth: float = 1.0
    source_floor: int = 10_000
    share: float = 10.0
    mix: float = 25.0
    crowd: int = 50


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
    Rule.SHARE: "{subject} goes from {before} to {after} hundredths of the lists; {bound} points are allowed: its "
    "new entries are held",
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
    *,
    listed: Iterable[str] = (),
) -> dict[Observable, Breach]:
    """Return the new entries that are held, each with its reason.

    `added` is read twice where a source floods, so it is no iterator; `listed` are the domain names of the last
    release. An entry that a source which does not flood says too is not held for the flood; a critical one of a
    flood is held for the flood, and for itself once that is approved. Before the first release that lists
    anything no source has a past, so only critical entries are held.
    """
    rows = _read(added)
    critical = _critical(rows, listed, bounds)
    floods = _floods(before, rows, bounds) if before and before.total else ()
    voices = {one.subject: one for one in floods if one.key not in approved}
    held = {item: one for item, one in critical if one.key not in approved}
    return held | _flooded(added, voices)


@dataclass(slots=True)
class _Additions:
    """What one pass over the additions leaves: how many there are, also by source, the domain names among
    them, and why some are critical.
    """

    number: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    critical: dict[Observable, str] = field(default_factory=dict)


def _read(added: Iterable[Entry]) -> _Additions:
    rows = _Additions()
    for row in added:
        rows.number += 1
        rows.sources.update(row.sources)
        if row.observable.type is ObservableType.DOMAIN:
            rows.names.add(row.observable.value)
        if why := why_critical(row):
            rows.critical[row.observable] = why
    return rows


def _critical(rows: _Additions, listed: Iterable[str], bounds: Bounds) -> Iterator[tuple[Observable, Breach]]:
    """Yield the critical additions; `listed` are names that may lie below some of them."""
    below_them = names_below(chain(rows.names, listed), rows.names) if rows.names else {}
    for name, below in below_them.items():
        if below >= bounds.crowd:
            item = Observable(ObservableType.DOMAIN, name)
            rows.critical.setdefault(item, f"has {below} listed names below it")
    for item, why in rows.critical.items():
        yield item, Breach(Rule.CRITICAL, item.value, 0, 1, why)


def _floods(before: Tally, rows: _Additions, bounds: Bounds) -> Iterator[Breach]:
    """Yield a breach for each source that adds more than it may."""
    for source, new in rows.sources.items():
        had = before.sources.get(source, 0)
        bound = max(bounds.source_floor, int(had * bounds.source_growth))
        was, now = 100 * had / max(before.total, 1), 100 * (had + new) / (before.total + rows.number)
        if new > bound:
            yield Breach(Rule.FLOOD, source, had, new, str(bound))
        elif new > bounds.source_floor and now - was > bounds.share:
            yield Breach(Rule.SHARE, source, round(was), round(now), f"{bounds.share:g}")


def _flooded(added: Iterable[Entry], floods: Mapping[str, Breach]) -> dict[Observable, Breach]:
    """Return the additions that nobody else says than sources that flood."""
    if not floods:
        return {}
    return {
        row.observable: floods[row.sources[0]]
        for row in added
        if all(source in floods for source in row.sources)
    }


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


def _sizes(before: Tally, after: Tally, bounds: Bounds) -> Iterator[Breach]:
    grown, lost = after.total - before.total, before.total - after.total
    may_grow = max(bounds.source_floor, int(before.total * bounds.growth))
    may_lose = max(bounds.floor, int(before.total * bounds.shrinkage))
    if grown > may_grow:
        yield Breach(Rule.GROWTH, "lists", before.total, after.total, str(may_grow))
    if lost > may_lose or not after.total:
        yield Breach(Rule.SHRINKAGE, "lists", before.total, after.total, str(may_lose))


def _types(before: Tally, after: Tally, bounds: Bounds) -> Iterator[Breach]:
    for kind in ObservableType:
        had, has = before.types.get(kind.value, 0), after.types.get(kind.value, 0)
        if had >= bounds.floor and not has:
            yield Breach(Rule.EMPTY, kind.value, had, 0, "0")
        elif min(before.total, after.total) >= bounds.floor:
            was, now = 100 * had / before.total, 100 * has / after.total
            moved = has - had > bounds.source_floor or had - has > bounds.floor
            if moved and abs(now - was) > bounds.mix:
                yield Breach(Rule.MIX, kind.value, round(was), round(now), f"{bounds.mix:g}")


def review(verdict: Verdict) -> str:
    """Return what a human reads before deciding: each breach, and the first values that it holds, defanged."""
    values: dict[Breach, list[str]] = {}
    for item, breach in verdict.held.items():
        values.setdefault(breach, []).append(defang(item))
    lines = []
    for breach in verdict.breaches:
        lines.append(f"{breach.rule.value}: {breach.english}")
        if breach.rule in (Rule.FLOOD, Rule.SHARE):
            some = values[breach]
            lines += [f"  {value}" for value in sorted(some)[:SHOWN]]
            if len(some) > SHOWN:
                lines.append(f"  … and {len(some) - SHOWN} more")
    return "\n".join(lines) if lines else "Nothing is held: the release may go out as it is."
