"""Say how urgent an advisory is: one number, a level, an SSVC decision, and the reasons for each.

Ours, version 2. The advisory weighs as much as its worst CVE; points add up, to at most 100.

| reason | points | given when |
|---|---|---|
| `known_exploited` | 45 | a catalogue lists the CVE |
| `stated_exploited` | 35 | the notice, or a CVSS 4.0 vector (E:A), says that it is exploited |
| `public_exploit` | 15 | an exploit is public: words, links, or a vector's exploit maturity |
| `ransomware` | 8 | the catalogue knows of its use by ransomware |
| `severity` | 0–20 | 2 for each point of the highest base score |
| `severity_unknown` | 10–16 | no vector is readable: 2 for each of 5, or of what a risk lets suppose |
| `epss` | 0–30 | 10 for each tenfold of the probability above 1 in 1 000; half for an old forecast |
| `open_attack` | 6 | a vector needs no account and no user, over the network |
| `exposed_product` | 8 | a product of a family made to face the Internet is named |
| `relevance` | 12, 8, 6 | tier `soin`, `secteur`, `socle` |
| `care_stops` | 4 | tier `soin`, and a vector loses all availability |
| `patch_missing` | 3 | the notice says that some product has no fix: mitigate |

Of the first three only the strongest has points, the others support it with 0; so do
`patch_available`, `patch_unstated`, `unreadable_vector` and `ties`, the CVEs that weigh as much.
Levels: critique from 70, élevée from 40, modérée from 25, faible from 10, else information. An
advisory that is withdrawn, or that names no product but such as are not affected (CSAF 2.0 § 3.2.3.9,
`known_not_affected`), is information, 0.

EPSS is a forecast for 30 days (FIRST, EPSS model); one that is older than that on the day of
judgement is called old. The decision, an assessment of its own named `priority_decision`, is that
of the CVE for which it is most urgent: see `decision` and `ssvc`.

Example: CVSS 9.8 over the network without account nor user (20 + 6), in the KEV catalogue (45), EPSS
0.1 (20), in a firewall (8) that most hospitals run (6): 105, so 100, critique, agir maintenant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import log10

from enrichment.urgency import decision, priority_wording
from enrichment.urgency.circumstances import Circumstances, circumstances, signs
from enrichment.urgency.weakness import Weakness, weaknesses
from records import Advisory, Assessment, Background, Decision, Epss, Level, Reason, Tier

VERSION = 2
APPLIES_TO = Advisory

POINTS = {
    "known_exploited": 45,
    "stated_exploited": 35,
    "public_exploit": 15,
    "ransomware": 8,
    "open_attack": 6,
    "care_stops": 4,
    "exposed_product": 8,
    "patch_missing": 3,
}
RELEVANCE = {Tier.SOIN: 12, Tier.SECTEUR: 8, Tier.SOCLE: 6, Tier.GENERAL: 0}
PER_SCORE = 2  # points for one of a base score
PER_TENFOLD, LEAST_LIKELY = 10, 0.001  # points for each tenfold of a probability above the least
HORIZON = timedelta(days=30)  # of an EPSS forecast
LEVELS = ((70, Level.CRITICAL), (40, Level.HIGH), (25, Level.MODERATE), (10, Level.LOW))
SURE, MISSING = 90, 25  # confidence, and what is taken from it for each of vector and fresh forecast


@dataclass(frozen=True, slots=True)
class Weighed:
    """A weakness with the points of what is its own, by reason, in the order of the reasons."""

    weakness: Weakness
    points: dict[str, int]
    total: int


def assess(record: Advisory, background: Background) -> list[Assessment]:
    """Return two conclusions: `priority`, whose value is a `Level`, and `priority_decision`, a `Decision`."""
    settled = _settled(record)
    if settled:
        return [
            _assessment(record, "priority", Level.INFORMATION, 0, 100, settled),
            _assessment(record, "priority_decision", Decision.WATCH, 0, 100, settled),
        ]
    around = circumstances(record, background)
    weighed = [_weigh(weakness, around) for weakness in weaknesses(record, background)]
    worst = max(weighed, key=lambda one: one.total)  # the first of equals
    reasons = (*_own_reasons(worst, around), *_shared_reasons(around), *_asides(weighed, worst))
    score = min(100, sum(reason.weight for reason in reasons))
    level = next((level for least, level in LEVELS if score >= least), Level.INFORMATION)
    sure = _confidence(worst.weakness, around)
    decided, why = _decision(weighed, around, level)
    return [
        _assessment(record, "priority", level, score, sure, reasons),
        _assessment(record, "priority_decision", decided, score, sure, why),
    ]


def _settled(record: Advisory) -> tuple[Reason, ...]:
    """Return why there is nothing to do about an advisory, nothing where there may be something."""
    if record.withdrawn_at is not None:
        return (priority_wording.withdrawn(record.withdrawn_at.date()),)
    if record.affected and all(one.status == "known_not_affected" for one in record.affected):
        return (priority_wording.not_affected(),)
    return ()


def _assessment(
    record: Advisory, rule: str, value: str, score: int, confidence: int, reasons: tuple[Reason, ...]
) -> Assessment:
    return Assessment(
        subject_id=record.id,
        rule=rule,
        version=VERSION,
        value=value,
        score=score,
        confidence=confidence,
        reasons=reasons,
    )


def _weigh(weakness: Weakness, around: Circumstances) -> Weighed:
    """Return the points of what is a weakness's own; reasons without points are not among them."""
    points = {}
    strongest = next(iter(signs(weakness, around)), "")
    if strongest:
        points[strongest] = POINTS[strongest]
    if any(listing.ransomware for listing in weakness.listings):
        points["ransomware"] = POINTS["ransomware"]
    if weakness.number is not None:
        points["severity"] = round(PER_SCORE * weakness.number)
    elif weakness.cve or around.is_notice:
        points["severity_unknown"] = PER_SCORE * around.estimate
    if weakness.epss:
        points["epss"] = _forecast_points(weakness.epss, old=_is_old(weakness.epss, around))
    if any(one.unaided for one in weakness.severities):
        points["open_attack"] = POINTS["open_attack"]
    if around.tier is Tier.SOIN and any(one.stops for one in weakness.severities):
        points["care_stops"] = POINTS["care_stops"]
    return Weighed(weakness, points, sum(points.values()))


def _forecast_points(epss: Epss, *, old: bool) -> int:
    """Return the points of a forecast: probabilities differ by orders of magnitude, so do its points."""
    tenfolds = log10(max(epss.probability, LEAST_LIKELY) / LEAST_LIKELY)
    return round(PER_TENFOLD * tenfolds / (2 if old else 1))


def _is_old(epss: Epss, around: Circumstances) -> bool:
    return around.now_on is not None and around.now_on - epss.model_on > HORIZON


def _own_reasons(worst: Weighed, around: Circumstances) -> Iterator[Reason]:
    """Yield why the worst weakness weighs what it does."""
    weakness, points = worst.weakness, worst.points
    for sign in signs(weakness, around):
        if sign == "known_exploited":
            yield priority_wording.known_exploited(points[sign], weakness)
        else:
            said = [one for one in around.statements if one.code == sign and one.concerns(weakness.cve)]
            yield priority_wording.exploit(sign, points.get(sign, 0), weakness, said)
    if "severity_unknown" in points:
        yield priority_wording.severity_unknown(points["severity_unknown"], weakness, around.risk)
    for code, say in _SAID.items():
        if code in points:
            yield say(points[code], weakness)
    if weakness.epss:
        old = _is_old(weakness.epss, around)
        yield priority_wording.forecast(points["epss"], weakness, weakness.epss, old=old)


_SAID = {
    "ransomware": priority_wording.ransomware,
    "severity": priority_wording.severity,
    "open_attack": priority_wording.open_attack,
    "care_stops": priority_wording.care_stops,
}


def _shared_reasons(around: Circumstances) -> Iterator[Reason]:
    """Yield what weighs on all weaknesses of the advisory alike."""
    if around.exposed:
        yield priority_wording.exposed_product(POINTS["exposed_product"], around.exposed)
    if around.tier is not Tier.GENERAL:
        yield priority_wording.relevance(RELEVANCE[around.tier], around.tier, around.near_care)
    if around.patch:
        yield priority_wording.patch(around.patch, POINTS.get(around.patch, 0), around.patch_evidence)


def _asides(weighed: list[Weighed], worst: Weighed) -> Iterator[Reason]:
    """Yield what is told without points: the CVEs that weigh as much, and what could not be read."""
    others = [one.weakness for one in weighed if one.total == worst.total and one is not worst]
    if others:
        yield priority_wording.ties(others)
    unreadable = [(one.weakness, score) for one in weighed for score in one.weakness.unreadable]
    if unreadable:
        yield priority_wording.unreadable_vectors(unreadable)


def _decision(
    weighed: list[Weighed], around: Circumstances, level: Level
) -> tuple[Decision, tuple[Reason, ...]]:
    """Return the most urgent decision of all weaknesses and why."""
    urgency = list(Decision)
    answered = [(one, decision.answers(one.weakness, around)) for one in weighed]
    first, given = min(answered, key=lambda pair: (urgency.index(pair[1].decision), -pair[0].total))
    return decision.decided(first.weakness, given, level)


def _confidence(weakness: Weakness, around: Circumstances) -> int:
    """Return how sure the rule is (0–100): what a catalogue says of exploitation stands by itself."""
    if weakness.listings:
        return SURE
    fresh = weakness.epss is not None and not _is_old(weakness.epss, around)
    return SURE - MISSING * ((weakness.number is None) + (not fresh))
