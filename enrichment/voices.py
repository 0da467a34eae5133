"""Say how sure we are of an observable when several sources speak of it, factor by factor.

Ours, version 1. Of the sources of one group (`Source.group`) only the surest counts: they repeat each
other. The surest group counts in full. Every other group confirms it: it takes away a part of the doubt
that is left, half of what its own confidence would (noisy-or, damped: sources that look independent
often are not quite). The whole never exceeds `CAP`: there is always room for an analyst's word.

Example: 70 alone is 70. A second group with 50 takes away 25 % of the 30 that are left: 77 (77.5,
rounded down). A third with 50: 83.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from records import Reason, Source

CAP = 95
DAMPING = 0.5  # part of a further group's confidence that counts


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says of an observable: its confidence in it, 0–100."""

    source: Source
    confidence: int


@dataclass(frozen=True, slots=True)
class Confidence:
    """A confidence, 0 to `CAP`, and the factors whose weights add up to it."""

    value: int
    factors: tuple[Reason, ...]


def combined(statements: Iterable[Statement]) -> Confidence:
    """Return the confidence in one observable; the order of its statements does not matter.

    The factors are the surest group first, then the others, then the sources that add nothing. No
    statement at all is confidence 0 without factor.
    """
    ordered = sorted(statements, key=lambda one: (-one.confidence, one.source.id))
    heard: dict[str, Statement] = {}
    echoes: list[Reason] = []
    for one in ordered:
        surest = heard.setdefault(_group(one.source), one)
        if surest.source.id != one.source.id:
            echoes.append(_of_echo(one.source, surest.source))
    factors: list[Reason] = []
    doubt, value = 1.0, 0
    for one in heard.values():
        doubt *= 1 - one.confidence / 100 * (DAMPING if factors else 1)
        reached = min(CAP, int(100 * (1 - doubt) + 1e-9))  # 1e-9: 1 - 0.3 is a little less than 0.7
        factors.append(_of_voice(one, reached - value, first=not factors))
        value = reached
    return Confidence(value, (*factors, *dict.fromkeys(echoes)))


def _group(source: Source) -> str:
    """Return what sources must differ in to be independent; a source without group stands alone.

    An id never holds a space, so a source cannot be taken for the group of that name.
    """
    return source.group or f"source {source.id}"


def _of_voice(one: Statement, points: int, *, first: bool) -> Reason:
    name = one.source.name
    if first:
        return Reason(
            "surest_voice",
            points,
            f"Source la plus sûre\u00a0: {name} (confiance {one.confidence})",
            f"Surest source: {name} (confidence {one.confidence})",
        )
    return Reason(
        "independent_voice",
        points,
        f"Confirmé par une source indépendante\u00a0: {name} (confiance {one.confidence})",
        f"Confirmed by an independent source: {name} (confidence {one.confidence})",
    )


def _of_echo(source: Source, surest: Source) -> Reason:
    return Reason(
        "same_group",
        0,
        f"N’ajoute rien\u00a0: {source.name}, du même groupe que {surest.name}",
        f"Adds nothing: {source.name}, of the same group as {surest.name}",
    )
