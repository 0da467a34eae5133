"""Tell what an advisory says about all its weaknesses alike: relevance, exposure, exploits, fixes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from enrichment import health_relevance
from enrichment.relevance.lexicon import Kind, lexicon
from enrichment.relevance.matching import fold
from enrichment.urgency.exploit_words import Statement, statements
from enrichment.urgency.severity import Maturity
from enrichment.urgency.weakness import Weakness
from records import Advisory, Assessment, Background, Category, Evidence, Tier

# Families of products made to be reached from the Internet (names of `families.csv`), and the
# products of these families that are not: they run on a desk.
EXPOSED = frozenset(
    {
        "pare-feu et accès distant",
        "messagerie et collaboration",
        "prise en main à distance",
        "transfert de fichiers",
    }
)
CLIENTS = frozenset(
    {"microsoft 365", "microsoft office", "microsoft outlook", "microsoft teams", "microsoft onedrive"}
    | {"office", "office 365", "outlook", "outlook 2016", "outlook for", "outlook pour", "teams"}
    | {"anyconnect", "anyconnect secure mobility client", "cisco secure client", "citrix secure access"}
    | {"forticlient", "big-ip edge client", "ivanti secure access client", "remote desktop client"}
)

# What base score stands for a risk as CERT-FR names it, where no vector tells; for all others `USUAL`.
RISKS = {
    "execution de code arbitraire a distance": 8,
    "execution de code arbitraire": 7,
    "elevation de privileges": 7,
    "injection sql (sqli)": 7,
    "deni de service a distance": 6,
}
USUAL = 5

_MISSING = re.compile(
    r"\bno (?:fix|patch|update|remediation)\b|\bnot (?:yet )?(?:been )?(?:available|fixed|patched)\b"
    r"|\bno longer (?:supported|maintained)\b|\bend[- ]of[- ](?:life|support|service)\b"
    r"|\b(?:aucune?|pas de) (?:correctif|mise à jour)|\bcorrectifs?\b[^.]{0,60}\bseront\b"
    r"|\bfin de (?:vie|support)\b|\bplus (?:maintenue?|supportée?)s?\b",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"\b(?:updat|upgrad|patch|hotfix|fix|correctif|firmware)\w*|\b(?:new|later|latest) version"
    r"|\bmis\w* à (?:jour|niveau)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Exposed:
    """A product made to face the Internet: its family, and where it is named."""

    french: str
    english: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for all weaknesses of an advisory.

    `near_care` is where its relevance was found. `estimate` is the base score (0–10) to suppose where
    no vector can be read, from the risk at `risk`, if any. `patch` is a key of `priority_wording.PATCHES`,
    empty for news. `now_on` is `None` where the age of things is not looked at.
    """

    tier: Tier
    near_care: tuple[Evidence, ...]
    exposed: tuple[Exposed, ...]
    statements: tuple[Statement, ...]
    estimate: int
    risk: tuple[Evidence, ...]
    patch: str
    patch_evidence: tuple[Evidence, ...]
    now_on: date | None

    @property
    def is_notice(self) -> bool:
        """Whether the advisory is about products: an advisory, an alert, or a list of products."""
        return bool(self.patch)


def circumstances(record: Advisory, background: Background) -> Circumstances:
    """Return what an advisory says about all its weaknesses."""
    relevance = _relevance(record, background)
    patch, patch_evidence = _patch(record)
    estimate, risk = _estimate(record)
    return Circumstances(
        tier=Tier(relevance.value),
        near_care=tuple(
            evidence for reason in relevance.reasons if reason.weight for evidence in reason.evidence
        ),
        exposed=_exposed(relevance),
        statements=statements(record),
        estimate=estimate,
        risk=risk,
        patch=patch,
        patch_evidence=patch_evidence,
        now_on=background.now_on,
    )


def signs(weakness: Weakness, around: Circumstances) -> tuple[str, ...]:
    """Return the reasons to say that a weakness is exploited, or that an exploit is public, strongest first."""
    said = {one.code for one in around.statements if one.concerns(weakness.cve)}
    found = {
        "known_exploited": bool(weakness.listings),
        "stated_exploited": "stated_exploited" in said or weakness.maturity is Maturity.ATTACKED,
        "public_exploit": "public_exploit" in said or weakness.maturity is Maturity.PUBLIC,
    }
    return tuple(sign for sign, there in found.items() if there)


def _relevance(record: Advisory, background: Background) -> Assessment:
    """Return what `health_relevance` concluded before, or concludes now."""
    made = (one for one in background.earlier if one.rule == "health_relevance")
    return next(made, None) or health_relevance.assess(record, background)[0]


def _exposed(relevance: Assessment) -> tuple[Exposed, ...]:
    """Return the products that face the Internet among those by which the advisory is relevant."""
    named = [
        evidence
        for reason in relevance.reasons
        if reason.code == "socle_product"
        for evidence in reason.evidence
        if fold(evidence.text) not in CLIENTS
    ]
    return tuple(found for evidence in named if (found := _facing(evidence)))


def _facing(evidence: Evidence) -> Exposed | None:
    for found in lexicon().dictionary.find(evidence.text):
        for entry in lexicon().entries[found.term]:
            if entry.kind is Kind.SOCLE and entry.french in EXPOSED:
                return Exposed(entry.french, entry.english, evidence)
    return None


def _estimate(record: Advisory) -> tuple[int, tuple[Evidence, ...]]:
    """Return the base score that stands for the worst of the risks, and where that is named."""
    known = [
        (RISKS[fold(risk)], Evidence(f"risks[{place}]", 0, len(risk), risk))
        for place, risk in enumerate(record.risks)
        if fold(risk) in RISKS
    ]
    worst = max(known, key=lambda pair: pair[0], default=None)
    return (worst[0], (worst[1],)) if worst else (USUAL, ())


def _patch(record: Advisory) -> tuple[str, tuple[Evidence, ...]]:
    """Return whether the notice says that a fix is missing, or there, and where it says so."""
    if record.category not in (Category.ADVISORY, Category.ALERT) and not record.affected:
        return "", ()
    for code, words in (("patch_missing", _MISSING), ("patch_available", _AVAILABLE)):
        found = _places(words, record.remediations)
        if found:
            return code, found
    return "patch_unstated", ()


def _places(words: re.Pattern[str], texts: Sequence[str]) -> tuple[Evidence, ...]:
    """Return the first place in each text."""
    found = ((place, words.search(text)) for place, text in enumerate(texts))
    return tuple(
        Evidence(f"remediations[{place}]", *match.span(), match[0]) for place, match in found if match
    )
