"""Say until when an indicator may be acted on, and what is left of its confidence on the way.

Confidence halves with every half-life after the indicator was last seen, and the indicator leaves when
it falls below a floor. `half_lives.csv` says both for each type of observable, with the reason; a row
with a source holds for that source only. The numbers are ours. The curve follows MISP's decaying models
(base score, reset by sightings, threshold; arXiv 1803.11052 and 1902.03914), with halving in the place of their
polynomial because a reader can check it by head. Of confidence 80, an address leaves here after 20 days and a
domain after 85; MISP's "NIDS Simple Decaying Model" (lifetime 120 days, speed 2, threshold 30) lets both
leave after 47, its "Phishing model" (lifetime 3 days) within three.

What was seen, and when, is never believed to be later than when we read of it.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import log2
from pathlib import Path

from records import Indicator, ObservableType, Reason, Sighting

TABLE = Path(__file__).with_name("half_lives.csv")


@dataclass(frozen=True, slots=True)
class Ageing:
    """How one type of observable ages: half-life in days (> 0), floor of confidence (1–100)."""

    half_life_days: float
    floor: int


Policy = Mapping[tuple[ObservableType, str], Ageing]  # by type and source id, which is empty for all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """When an indicator may be acted on, `[valid_from, valid_until)`, and why.

    `valid_from` is when it was first seen, or else last, or read, where its publisher says no beginning.
    The interval may be empty. `seen_at` is from when on confidence falls, `confidence` what it is until
    then (0–100). `withdrawn_at` is when somebody reported the indicator as a false positive, `None` where
    nobody did.
    """

    valid_from: datetime
    valid_until: datetime
    seen_at: datetime
    confidence: int
    half_life_days: float
    withdrawn_at: datetime | None
    reasons: tuple[Reason, ...]

    def is_valid_at(self, now: datetime) -> bool:
        """Whether the indicator may be acted on at an instant."""
        return self.valid_from <= now < self.valid_until

    def confidence_at(self, now: datetime) -> int:
        """Return what is left of the confidence at an instant, rounded to a whole number (0–100); 0
        where the indicator may not be acted on then.
        """
        if not self.is_valid_at(now):
            return 0
        age = max(0.0, (now - self.seen_at) / timedelta(days=1))
        left: float = 0.5 ** (age / self.half_life_days)
        return round(self.confidence * left)


@cache
def shipped_policy() -> Policy:
    """Return the table of `half_lives.csv`, read once.

    Raises `ValueError` naming the line for an unknown type, a row that is there twice, a half-life or a
    floor that is not positive; and where a type has no row for all sources.
    """
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return policy(csv.DictReader(lines), TABLE.name)


def policy(rows: Iterable[Mapping[str, str]], name: str) -> Policy:
    """Read rows of `type`, `source`, `half_life_days`, `floor`; `name` is the file's, for errors, which
    `shipped_policy` lists.
    """
    read: dict[tuple[ObservableType, str], Ageing] = {}
    for line, row in enumerate(rows, 2):
        try:
            kind, ageing = (
                ObservableType(row["type"]),
                Ageing(float(row["half_life_days"]), int(row["floor"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{name}:{line}: {error}") from error
        if not (0 < ageing.half_life_days <= 36_500 and 1 <= ageing.floor <= 100):
            raise ValueError(f"{name}:{line}: a half-life is 0 to 36500 days, a floor 1 to 100")
        if (kind, row["source"]) in read:
            raise ValueError(f"{name}:{line}: {kind} has a row already; remove one of them")
        read[kind, row["source"]] = ageing
    missing = [kind.value for kind in ObservableType if (kind, "") not in read]
    if missing:
        raise ValueError(f"{name}: no row without a source for {', '.join(missing)}")
    return read


def lifetime(indicator: Indicator, sightings: Sequence[Sighting], policy: Policy) -> Lifetime:
    """Return the lifetime of one source's statement.

    `sightings` are those of the observable, whoever made them and in any order. Each of them starts the
    curve anew, and none makes the end earlier; a false-positive report ends everything when it is read,
    and no sighting revives what it ended. The publisher's own end wins where it is earlier.
    """
    kind, source = indicator.observable.type, indicator.source_id
    ageing = policy.get((kind, source)) or policy[kind, ""]
    stated = _stated_at(indicator)
    anchor = max([stated, *(_seen_at(one) for one in sightings if not one.false_positive)])
    begins = indicator.valid_from or min(indicator.first_seen_at or stated, stated)
    faded = _faded_at(anchor, indicator.confidence, ageing) or begins
    disputed = min((one.provenance.received_at for one in sightings if one.false_positive), default=None)
    ends = [end for end in (faded, indicator.valid_until, disputed) if end is not None]
    reasons = [_of_type(kind, source, ageing, known=(kind, source) in policy)]
    if anchor > stated:
        reasons.append(_of_sighting(anchor))
    if indicator.valid_until is not None and indicator.valid_until <= faded:
        reasons.append(_of_publisher(indicator.valid_until))
    if disputed is not None:
        reasons.append(_of_false_positive(disputed))
    return Lifetime(
        valid_from=begins,
        valid_until=min(ends),
        seen_at=anchor,
        confidence=indicator.confidence,
        half_life_days=ageing.half_life_days,
        withdrawn_at=disputed,
        reasons=tuple(reasons),
    )


def _stated_at(indicator: Indicator) -> datetime:
    """Return when a statement was fresh: last seen, or else first seen, or else read; but never before
    it begins to hold.
    """
    read_at = indicator.provenance.received_at
    seen = [one for one in (indicator.first_seen_at, indicator.last_seen_at) if one is not None]
    fresh = min(max(seen), read_at) if seen else None
    return max(filter(None, (fresh, indicator.valid_from)), default=read_at)


def _seen_at(sighting: Sighting) -> datetime:
    seen = sighting.last_seen_at or sighting.first_seen_at or sighting.provenance.received_at
    return min(seen, sighting.provenance.received_at)


def _faded_at(seen_at: datetime, confidence: int, ageing: Ageing) -> datetime | None:
    """Return when confidence reaches the floor; `None` where it is never above it."""
    if confidence <= ageing.floor:
        return None
    try:
        return seen_at + timedelta(days=ageing.half_life_days * log2(confidence / ageing.floor))
    except OverflowError:  # a `valid_from` at the end of the calendar
        return None


def _of_type(kind: ObservableType, source: str, ageing: Ageing, *, known: bool) -> Reason:
    days = f"{ageing.half_life_days:g}"
    french, english = (f" de {source}", f" from {source}") if known else ("", "")
    return Reason(
        "half_life",
        0,
        f"La confiance dans une valeur de type {kind}{french} diminue de moitié en"
        f" {days.replace('.', ',')}\u00a0jours\u00a0; elle est retirée sous {ageing.floor}",
        f"Confidence in a value of type {kind}{english} halves in {days} days; it leaves below {ageing.floor}",
    )


def _of_sighting(at: datetime) -> Reason:
    return Reason("sighting", 0, f"Observée de nouveau le {at:%d/%m/%Y}", f"Seen again on {at:%Y-%m-%d}")


def _of_publisher(end: datetime) -> Reason:
    return Reason(
        "publisher_end",
        0,
        f"Son éditeur y met fin le {end:%d/%m/%Y}",
        f"Its publisher ends it on {end:%Y-%m-%d}",
    )


def _of_false_positive(at: datetime) -> Reason:
    return Reason(
        "false_positive",
        0,
        f"Signalée comme faux positif le {at:%d/%m/%Y}",
        f"Reported as a false positive on {at:%Y-%m-%d}",
    )
