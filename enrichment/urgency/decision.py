"""Answer the questions of SSVC's table for one weakness in a typical hospital, with reasons.

How the four questions are answered (ours, see `ssvc` for where this differs from the guide):

- exploitation: active where a catalogue lists it or the notice or a vector (CVSS 4.0, E:A) says so,
  public PoC where an exploit is public;
- exposure: open for a product made to face the Internet, small where all vectors need the attacker
  near, controlled otherwise;
- automatable: where a vector says so or needs neither account, user, nor special conditions; the
  unknown is not;
- impact: for care (tier `soin`) very high if availability is wholly lost or the base score is at
  least 9, else high; for what health bodies run or suffer (`secteur`, `socle`) high if the score is
  at least 7 or unknown, else medium; for all else medium if it is at least 9, else low.
"""

from dataclasses import dataclass

from enrichment.relevance.wording import quoted
from enrichment.urgency.circumstances import Circumstances, signs
from enrichment.urgency.priority_wording import places
from enrichment.urgency.ssvc import Exploitation, Exposure, Impact, decide
from enrichment.urgency.weakness import Weakness
from records import Decision, Level, Reason, Tier

CRITICAL, HIGH = 9.0, 7.0  # qualitative ratings (CVSS 3.1 § 5)
FLOORS = {
    Level.CRITICAL: Decision.ACT_SOON,
    Level.HIGH: Decision.PLAN,
    Level.MODERATE: Decision.WATCH,
    Level.LOW: Decision.WATCH,
    Level.INFORMATION: Decision.WATCH,
}

_EXPLOITATION = {
    Exploitation.NONE: ("aucune connue", "none known"),
    Exploitation.PUBLIC_POC: ("moyen public", "public proof of concept"),
    Exploitation.ACTIVE: ("active", "active"),
}
_EXPOSURE = {
    Exposure.SMALL: ("réduite", "small"),
    Exposure.CONTROLLED: ("maîtrisée", "controlled"),
    Exposure.OPEN: ("ouverte", "open"),
}
_AUTOMATABLE = {False: ("non", "no"), True: ("oui", "yes"), None: ("non établie", "not established")}
_IMPACT = {
    Impact.LOW: ("faibles", "low"),
    Impact.MEDIUM: ("moyennes", "medium"),
    Impact.HIGH: ("élevées", "high"),
    Impact.VERY_HIGH: ("très élevées", "very high"),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to SSVC's four questions."""

    exploitation: Exploitation
    exposure: Exposure
    automatable: bool | None  # None where no vector tells
    impact: Impact

    @property
    def decision(self) -> Decision:
        """The outcome of the table."""
        return decide(
            self.exploitation, self.exposure, automatable=bool(self.automatable), impact=self.impact
        )


def answers(weakness: Weakness, around: Circumstances) -> Answers:
    """Return the answers for one weakness."""
    return Answers(
        exploitation=_exploitation(weakness, around),
        exposure=_exposure(weakness, around),
        automatable=any(one.automatable for one in weakness.severities) if weakness.severities else None,
        impact=_impact(weakness, around.tier),
    )


def decided(weakness: Weakness, given: Answers, level: Level) -> tuple[Decision, tuple[Reason, ...]]:
    """Return the decision and its reasons; it is never milder than the level allows (`FLOORS`)."""
    urgency = list(Decision)
    floor = FLOORS[level]
    if level is Level.INFORMATION:
        return Decision.WATCH, reasons(weakness, given)
    if urgency.index(floor) >= urgency.index(given.decision):
        return given.decision, reasons(weakness, given)
    raised = Reason(
        "raised",
        0,
        f"Relevée de {quoted(given.decision)} à {quoted(floor)}, au vu du niveau de priorité",
        f"Raised from “{given.decision}” to “{floor}”, given the level of priority",
    )
    return floor, (*reasons(weakness, given), raised)


def reasons(weakness: Weakness, given: Answers) -> tuple[Reason, ...]:
    """Say the answers."""
    said = (
        ("exploitation", "Exploitation", "Exploitation", _EXPLOITATION[given.exploitation]),
        ("exposure", "Exposition", "Exposure", _EXPOSURE[given.exposure]),
        ("automatable", "Attaque automatisable", "Attack can be automated", _AUTOMATABLE[given.automatable]),
        ("impact", "Conséquences pour les soins", "Impact on care", _IMPACT[given.impact]),
    )
    return tuple(
        Reason(code, 0, f"{french}\u00a0: {answer[0]}", f"{english}: {answer[1]}", places(weakness))
        for code, french, english, answer in said
    )


def _exploitation(weakness: Weakness, around: Circumstances) -> Exploitation:
    found = signs(weakness, around)
    if "known_exploited" in found or "stated_exploited" in found:
        return Exploitation.ACTIVE
    return Exploitation.PUBLIC_POC if found else Exploitation.NONE


def _exposure(weakness: Weakness, around: Circumstances) -> Exposure:
    if weakness.severities and all(one.near for one in weakness.severities):
        return Exposure.SMALL
    return Exposure.OPEN if around.exposed else Exposure.CONTROLLED


def _impact(weakness: Weakness, tier: Tier) -> Impact:
    number = weakness.number
    if tier is Tier.SOIN:
        worst = any(one.stops for one in weakness.severities) or (number or 0) >= CRITICAL
        return Impact.VERY_HIGH if worst else Impact.HIGH
    if tier is Tier.GENERAL:
        return Impact.MEDIUM if (number or 0) >= CRITICAL else Impact.LOW
    return Impact.HIGH if number is None or number >= HIGH else Impact.MEDIUM
