"""Everything one publication shows, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from records.advisories import Advisory, Vulnerability
from records.assessments import Assessment, Reason
from records.differences import Difference
from records.indicators import Indicator, Observable
from records.markings import TLP, Marking
from records.sources import Source, SourceStatus


@dataclass(frozen=True, slots=True)
class Story:
    """An advisory with what is concluded about it; `assessments` by rule, analysts' already applied.

    `changes` is what its newest version, first seen at `changed_at`, changed in the one before; empty and
    `None` where there is one version only. `first_seen_at` is when the archive first had it, which never
    changes; `None` for one that is in no archive.
    """

    advisory: Advisory
    source: Source
    assessments: Mapping[str, Assessment]
    changes: tuple[Difference, ...] = ()
    changed_at: datetime | None = None
    first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIndicator:
    """An observable that may be acted on now, with the statements of all its sources merged.

    `marking` is the strictest; `sources` are in alphabetical order; `changed_at` is when any of the
    statements last changed in the archive. As the archive gives it, `confidence` is the highest said and
    `[valid_from, valid_until)` the union of what its sources give; `enrichment.listing` weighs the
    `statements`, says why in `reasons`, and in `health` whether a source ties it to the health sector.
    """

    observable: Observable
    marking: Marking
    confidence: int
    sources: tuple[str, ...]
    labels: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    changed_at: datetime | None = None
    health: bool = False
    statements: tuple[Indicator, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What readers of one audience see at `made_at`; nothing in it is above `audience`.

    `stories` are newest first, `vulnerabilities` what each source says of the CVEs they name,
    `indicators` sorted by type and value. `together` gives, by the id of an advisory, the ids of all
    that tell the same story, itself included, who said it first coming first.
    """

    made_at: datetime
    audience: TLP
    stories: tuple[Story, ...]
    vulnerabilities: Mapping[str, tuple[Vulnerability, ...]]
    indicators: tuple[ListedIndicator, ...]
    sources: tuple[SourceStatus, ...]
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
