"""How well the rule does on recorded public texts whose relevance is known.

Health is what is read as tier `soin` or `secteur`. The set has the publisher's sector label taken
out, so these are the figures of names and words alone. A keyword expression reaches an F1 of 0.72.
The quick tests hold the shipped model, which learnt from these very texts, to more than the targets;
the whole one judges every text by a model that did not see it.
"""

from pathlib import Path

import pytest

from benchmarks import labelled_texts as labelled
from benchmarks.quality_relevance import (
    FALSE_ALARMS,
    TARGETS,
    Judged,
    figures,
    french_notices,
    judged,
    models,
    report,
)
from enrichment.any_text import is_notice
from enrichment.relevance.word_model import shipped

NOTICES = ("certfr", "cisa-csaf")


@pytest.fixture(scope="module")
def texts(recorded: Path) -> list[labelled.Labelled]:
    return labelled.labelled_texts(recorded)


@pytest.fixture(scope="module")
def rows(texts: list[labelled.Labelled]) -> list[Judged]:
    return judged(texts, [0] * len(texts), [shipped()])


def test_first_reading_and_all_reach_their_targets(rows: list[Judged]) -> None:
    told, whole = figures(row for row in rows if row.text.told), figures(rows)
    assert told.f1 >= TARGETS["first reading"] + 0.01, told
    assert whole.f1 >= TARGETS["all"], whole


@pytest.mark.parametrize("source", ["cisa-csaf", "press", "ransomware-post"])
def test_source_reaches_its_target(rows: list[Judged], source: str) -> None:
    reached = figures(row for row in rows if row.text.told and row.text.source == source)
    assert reached.f1 >= TARGETS["source"] + 0.02, reached


def test_high_scores_are_nearly_always_health(rows: list[Judged]) -> None:
    high = [row for row in rows if row.text.told and row.assessment.score >= 95]
    low = [row for row in rows if row.text.told and row.assessment.score < 5]
    assert sum(row.text.health for row in high) >= 0.95 * len(high)
    assert sum(row.text.health for row in low) <= 0.03 * len(low)


def test_french_notices_are_rarely_taken_for_care(recorded: Path) -> None:
    read, wrong = french_notices(recorded, shipped())
    assert read > 1000
    assert wrong <= read * FALSE_ALARMS


def test_notices_and_news_are_told_apart(texts: list[labelled.Labelled]) -> None:
    wrong = [
        text
        for text in texts
        if is_notice(text.record.title, text.record.summary) != (text.source in NOTICES)
    ]
    assert len(wrong) <= 0.01 * len(texts), [text.record.title for text in wrong]


def test_folds_share_no_victim_and_have_one_size(texts: list[labelled.Labelled]) -> None:
    placed = labelled.folds(texts)
    sizes = [placed.count(fold) for fold in range(labelled.FOLDS)]
    assert max(sizes) - min(sizes) <= 1
    where: dict[str, set[int]] = {}
    for text, fold in zip(texts, placed, strict=True):
        if text.source == "ransomware-post":
            where.setdefault(text.record.title.lower(), set()).add(fold)
    assert all(len(folds) == 1 for folds in where.values())


@pytest.mark.whole
def test_models_that_did_not_see_a_text_reach_the_targets(
    recorded: Path, texts: list[labelled.Labelled]
) -> None:
    placed = labelled.folds(texts)
    assert report(judged(texts, placed, models(recorded, texts, placed))) == []
