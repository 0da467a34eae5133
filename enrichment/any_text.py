"""Judge any text, without an archive: a line of JSON in, a verdict out.

A line is `{"id", "title", "text", "lang"?, "source"?}`, all strings. Nothing else is known of the
text, so whether it is a notice (of a product's weakness) or news is read from it: a notice shows two
of `NOTICE_SIGNS` or more. Of the recorded texts this reads 99 in 100 as what they are.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import orjson

from enrichment import health_relevance, priority
from records import TLP, Advisory, Assessment, Background, Category, Marking, Provenance, Tier

CVE = re.compile(r"\bCVE-[0-9]{4}-[0-9]{4,19}\b", re.IGNORECASE)
NOTICE_SIGNS = tuple(
    re.compile(expression, re.IGNORECASE | re.MULTILINE)
    for expression in (
        r"\bCVE-[0-9]{4}-[0-9]{4}|\bCVSS\b",
        r"^(?:products?|affected (?:products?|versions?)|syst[èe]mes affect[ée]s) ?:",
        r"\bversions? (?:\S{1,20} )?(?:ant[ée]rieures?|prior|before|and earlier)\b",
        r"\bvuln[ée]rabilit(?:y|ies|és?|es?)\b",
        r"\b(?:successful(?:ly)? exploit\w*|se r[ée]f[ée]rer au bulletin)\b",
    )
)
SIGNS_OF_NOTICE = 2
NEEDED, OPTIONAL = ("id", "title", "text"), ("lang", "source")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # a bare text was received at no time that we know


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules conclude about one text; `health` is what would be published."""

    id: str
    health: bool
    assessments: tuple[Assessment, ...]

    def as_json(self) -> bytes:
        """Return one line: id, score (0–100), tier, health, priority, and the reasons of both rules."""
        relevance, urgency = self.assessments
        return orjson.dumps(
            {
                "id": self.id,
                "score": relevance.score,
                "tier": relevance.value,
                "health": self.health,
                "priority": urgency.value,
                "reasons": [
                    {
                        "rule": assessment.rule,
                        "fr": reason.french,
                        "en": reason.english,
                        "evidence": [asdict(part) for part in reason.evidence],
                        "weight": reason.weight,
                    }
                    for assessment in self.assessments
                    for reason in assessment.reasons
                ],
            }
        )


@dataclass(frozen=True, slots=True)
class UnusableLine:
    """A line that holds no text to judge; `reason` is a sentence naming line and remedy."""

    number: int
    reason: str


def verdicts(lines: Iterable[bytes], background: Background) -> Iterator[Verdict | UnusableLine]:
    """Yield what each line leads to, in their order; empty lines lead to nothing, bad ones stop no other.

    `background.health_from` is the score from which a text is about health. Raises `SettingsError` where the
    word model cannot be read.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            row = _row(line)
            if isinstance(row, str):
                yield UnusableLine(number, f"line {number}: {row}")
            else:
                yield _judged(row, background)


def record_of(native_id: str, title: str, text: str, language: str = "", source: str = "") -> Advisory:
    """Return a text as the rules read it: its CVEs in its own order, its category read from it."""
    return Advisory(
        id=native_id,
        source_id=source,
        native_id=native_id,
        category=Category.ADVISORY if is_notice(title, text) else Category.NEWS,
        title=title,
        url="",
        language=language,
        marking=Marking(TLP.CLEAR),
        provenance=Provenance(source, "", "", NEVER),
        summary=text,
        cves=tuple(dict.fromkeys(cve.upper() for part in (title, text) for cve in CVE.findall(part))),
    )


def is_notice(title: str, text: str) -> bool:
    """Return whether a text looks like a notice of a product's weakness rather than like news."""
    signs = sum(any(sign.search(part) for part in (title, text)) for sign in NOTICE_SIGNS)
    return signs >= SIGNS_OF_NOTICE


def _judged(row: dict[str, str], background: Background) -> Verdict:
    record = record_of(row["id"], row["title"], row["text"], row.get("lang", ""), row.get("source", ""))
    (relevance,) = health_relevance.assess(record, background)
    urgency, _ = priority.assess(record, replace(background, earlier=(relevance,)))
    return Verdict(row["id"], relevance.value in (Tier.SOIN, Tier.SECTEUR), (relevance, urgency))


def _row(line: bytes) -> dict[str, str] | str:
    """Return the strings of a line, or the sentence that says why there are none."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"is no JSON ({error}); write one object in UTF-8 on each line"
    if not isinstance(value, dict):
        return 'is no object; write {"id": "…", "title": "…", "text": "…"}'
    for key in NEEDED:
        if key not in value:
            return f'has no "{key}"; write {{"id": "…", "title": "…", "text": "…"}}'
    row = {key: value[key] for key in (*NEEDED, *OPTIONAL) if value.get(key) is not None or key in NEEDED}
    wrong = [key for key, held in row.items() if not isinstance(held, str)]
    return f'"{wrong[0]}" is no string; put it between quotes' if wrong else row
