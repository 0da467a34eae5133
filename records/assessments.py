"""What our rules and our analysts conclude, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from records.advisories import Vulnerability
from records.markings import TLP


class Tier(StrEnum):
    """How near an advisory is to care, nearest first."""

    SOIN = "soin"  # medical devices and clinical software
    SECTEUR = "secteur"  # attacks on, leaks from or campaigns against health bodies
    SOCLE = "socle"  # products deployed in most hospitals
    GENERAL = "général"


class Level(StrEnum):
    """How urgent an advisory is for a hospital, most urgent first."""

    CRITICAL = "critique"
    HIGH = "élevée"
    MODERATE = "modérée"
    LOW = "faible"
    INFORMATION = "information"  # nothing to do: withdrawn, or no weakness to speak of


class Decision(StrEnum):
    """What to do about an advisory, most urgent first; beside each the outcome of SSVC's deployer."""

    ACT_NOW = "agir maintenant"  # immediate
    ACT_SOON = "agir vite"  # out-of-cycle
    PLAN = "planifier"  # scheduled
    WATCH = "surveiller"  # defer


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

    `value` is the rule's own (a `Tier` for `health_relevance`, a `Level` for `priority`), `score`
    0–100, `confidence` 0–100. An assessment whose `rule` ends in `/analyst` outranks the rule it
    names and is never recomputed.
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
    """What a rule may know beside the record.

    `health_cves` are the CVEs named by notices that their own publisher labels as concerning the
    health sector. `vulnerabilities` holds what all sources say of a CVE, by CVE. `now_on` is the day
    of judgement, `None` where the age of things is not to be looked at. `earlier` is what the rules
    that ran before concluded about the same record. `health_from` is the score of relevance, 0–100, from
    which a record is about health. All of this is fit for readers cleared for `audience`, and said by
    `sources` (ids) that may be shown to them; `None` stands for all.
    """

    health_cves: frozenset[str] = frozenset()
    vulnerabilities: Mapping[str, tuple[Vulnerability, ...]] = field(default_factory=dict)
    now_on: date | None = None
    earlier: tuple[Assessment, ...] = ()
    health_from: int = 50
    audience: TLP = TLP.CLEAR
    sources: frozenset[str] | None = None
