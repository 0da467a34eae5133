"""Read from an advisory's labels whether its publisher names the health sector, alone or among others.

Understood: `sector:…` labels holding one sector or a list of them as free text (CISA's "Critical
infrastructure sectors" note, with its variants), machine tags of the MISP taxonomies and galaxies
that name sectors (`misp-galaxy:sector="Health"`, `dhs-ciip-sectors:…="healthcare-public"`, nis,
nis2, eu-nis), and plain labels that are nothing but the name of the sector. Other labels say
nothing of sectors.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from enrichment.relevance.matching import fold
from records import Evidence

HEALTH = re.compile(
    r"(?:public[ -])?health(?:[ -]?care)?(?:[ -]public)?|\b(?:sante(?: publique)?|medical|hospitals?)\b"
)
FILLING = re.compile(
    r"\b(?:critical infra?structure|sub-?sectors?|subsectors?|sect(?:or|eur)s?|devices?|and|et|public)\b"
)
PREFIXES = frozenset({"sector", "sectors", "secteur", "secteurs", "industry", "activity"})
TAG_WORDS = ("sector", "industry", "eu-nis-oes", "entities")  # in the names of tags that name sectors


@dataclass(frozen=True, slots=True)
class HealthLabels:
    """Where labels name health (`labels[n]` and the words), and whether no other sector is named."""

    evidence: tuple[Evidence, ...]
    alone: bool


def health_labels(labels: Sequence[str]) -> HealthLabels | None:
    """Return which labels name the health sector, `None` where none does."""
    evidence, alone = [], True
    for place, label in enumerate(labels):
        start, end = _named(label)
        sectors = fold(label[start:end])
        if HEALTH.search(sectors):
            evidence.append(Evidence(f"labels[{place}]", start, end, label[start:end]))
        alone = alone and not _beyond_health(sectors)
    return HealthLabels(tuple(evidence), alone) if evidence else None


def _named(label: str) -> tuple[int, int]:
    """Return the span in which a label names sectors, empty where it names none."""
    name, sign, _ = label.partition("=")
    if sign and any(word in name.lower() for word in TAG_WORDS):
        return _trimmed(label, len(name) + 1, quotes='" ')
    prefix, sign, _ = label.partition(":")
    if sign and prefix.strip().lower() in PREFIXES:
        return _trimmed(label, len(prefix) + 1, quotes=" ")
    return (0, 0) if _beyond_health(fold(label)) else (0, len(label))


def _trimmed(label: str, start: int, *, quotes: str) -> tuple[int, int]:
    """Return the span from `start` to the end without the signs around it."""
    value = label[start:]
    start += len(value) - len(value.lstrip(quotes))
    return start, max(start, len(label.rstrip(quotes)))


def _beyond_health(sectors: str) -> bool:
    """Whether anything but health is named."""
    rest = FILLING.sub(" ", HEALTH.sub(" ", sectors))
    return any(sign.isalpha() for sign in rest)
