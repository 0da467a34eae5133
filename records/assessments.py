"""What our rules and our analysts conclude, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Tier(StrEnum):
    """How near an advisory is to care, nearest first."""

    SOIN = "soin"  # medical devices and clinical software
    SECTEUR = "secteur"  # attacks on, leaks from or campaigns against health bodies
    SOCLE = "socle"  # products deployed in most hospitals
    GENERAL = "général"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in a record a reason was found: the field, the half-open span in it, the words."""

    field: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One argument of an assessment: its weight in points, said in French and in English."""

    code: str
    weight: int
    french: str
    english: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The conclusion of one rule, or of one analyst, about one record.

    `value` is the rule's own (a `Tier` for `health_relevance`), `score` 0–100, `confidence` 0–100.
    An assessment whose `rule` ends in `/analyst` outranks the rule it names and is never recomputed.
    """

    subject_id: str
    rule: str
    version: int
    value: str
    score: int
    confidence: int
    reasons: tuple[Reason, ...] = ()
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Background:
    """What a rule may know beside the record: the CVEs named by notices that their own publisher
    labels as concerning the health sector.
    """

    health_cves: frozenset[str] = frozenset()
