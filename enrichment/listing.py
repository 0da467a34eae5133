"""Weigh what may be listed: how sure we are of an observable, and until when it may be acted on.

What the sources say of it are statements; each ages by itself (`enrichment.ageing`), sources of
different groups confirm each other (`enrichment.voices`), and a false-positive report ends them all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from enrichment.ageing import Lifetime, lifetime, shipped_policy
from enrichment.relevance.sector_labels import health_labels
from enrichment.voices import Statement, combined
from records import Indicator, ListedIndicator, Observable, Reason, Sighting, Source


def weighed(
    rows: Iterable[ListedIndicator],
    sources: Mapping[str, Source],
    sightings: Mapping[Observable, tuple[Sighting, ...]],
    read_at: Mapping[str, datetime],
    *,
    now: datetime,
) -> Iterator[ListedIndicator]:
    """Yield the observables that may still be acted on at `now`, with confidence, end and reasons.

    `sightings` are all those of each observable. `read_at` is when each source was last read well: what it lists
    without any date is as fresh as that. A row whose statements have all faded is left out.
    """
    for row in rows:
        seen = sightings.get(row.observable, ())
        lives = [
            (said, lifetime(_dated(said, read_at.get(said.source_id), now), seen, shipped_policy()))
            for said in row.statements
        ]
        standing = [(said, life) for said, life in lives if life.is_valid_at(now)]
        if standing:
            yield _merged(row, standing, sources, now)


def _dated(said: Indicator, read_at: datetime | None, now: datetime) -> Indicator:
    """Return a statement without any date of its own as one that was read when its source last was."""
    if read_at is None or any((said.first_seen_at, said.last_seen_at, said.valid_from)):
        return said
    return replace(said, provenance=replace(said.provenance, received_at=min(read_at, now)))


def _merged(
    row: ListedIndicator,
    standing: list[tuple[Indicator, Lifetime]],
    sources: Mapping[str, Source],
    now: datetime,
) -> ListedIndicator:
    voices = combined(Statement(sources[said.source_id], life.confidence_at(now)) for said, life in standing)
    reasons: tuple[Reason, ...] = (*voices.factors, *(why for _, life in standing for why in life.reasons))
    return replace(
        row,
        confidence=voices.value,
        valid_from=min(life.valid_from for _, life in standing),
        valid_until=max(life.valid_until for _, life in standing),
        sources=tuple(dict.fromkeys(said.source_id for said, _ in standing)),
        health=_is_of_health(row.labels),
        reasons=tuple(dict.fromkeys(reasons)),
    )


@lru_cache(maxsize=16_384)
def _is_of_health(labels: tuple[str, ...]) -> bool:
    """Say whether a label names the health sector; thousands of rows share a few sets of labels."""
    return health_labels(labels) is not None
