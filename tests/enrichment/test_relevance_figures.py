"""How well the rule does on recorded public texts whose relevance is known.

Health is what is read as tier `soin` or `secteur`. The set has the publisher's sector label taken
out, so these are the figures of names and words alone. A keyword expression reaches an F1 of 0.72.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from enrichment.health_relevance import assess
from records import Background, Category, Tier
from tests.enrichment.conftest import Build

NOTICES = ("certfr", "cisa-csaf")
Reading = tuple[str, bool, bool]  # source, read as health, is health


def readings(recorded: Path, advisory: Build, label: str) -> Iterator[Reading]:
    with (recorded / "relevance" / "train.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            category = Category.ADVISORY if row["source"] in NOTICES else Category.NEWS
            (assessment,) = assess(advisory(row["title"], row["text"], category=category), Background())
            yield row["source"], assessment.value in (Tier.SOIN, Tier.SECTEUR), row["labels"][label]


def figures(found: list[Reading]) -> tuple[float, float, float]:
    """Return precision, recall and F1."""
    counted = Counter((read, truly) for _, read, truly in found)
    precision = counted[True, True] / (counted[True, True] + counted[True, False])
    recall = counted[True, True] / (counted[True, True] + counted[False, True])
    return precision, recall, 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize(
    ("label", "least"), [("health", (0.94, 0.76, 0.84)), ("health_only", (0.94, 0.85, 0.90))]
)
def test_precision_recall_and_f1_hold(
    recorded: Path,
    advisory: Build,
    label: str,
    least: tuple[float, float, float],
) -> None:
    found = list(readings(recorded, advisory, label))
    for source in sorted({source for source, _, _ in found}):
        print(source, *(f"{value:.3f}" for value in figures([row for row in found if row[0] == source])))
    reached = figures(found)
    print(label, *(f"{value:.3f}" for value in reached))
    assert all(value >= floor for value, floor in zip(reached, least, strict=True)), reached


def test_health_alone_is_recognised_in_notices_by_name_and_words(recorded: Path, advisory: Build) -> None:
    found = [row for row in readings(recorded, advisory, "health_only") if row[0] == "cisa-csaf"]
    precision, recall, _ = figures(found)
    assert precision >= 0.97 and recall >= 0.95


def test_french_notices_are_rarely_taken_for_care(recorded: Path, advisory: Build) -> None:
    with (recorded / "certfr" / "labels.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["id"] for row in csv.DictReader(lines)}  # health, or unsure
    read = wrong = 0
    for file in sorted((recorded / "certfr").glob("*/*.json")):
        notice: dict[str, Any] = json.loads(file.read_bytes())
        if notice["reference"] in known:
            continue
        names = [system.get("description") or "" for system in notice.get("affected_systems") or []]
        text = f"{notice.get('summary') or ''}\n\n{notice.get('content') or ''}"
        (assessment,) = assess(advisory(notice["title"], text, affected=names), Background())
        read += 1
        wrong += assessment.value == Tier.SOIN
    assert read > 1000
    assert wrong * 500 <= read
