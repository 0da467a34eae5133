"""What changed in a notice is told field by field, readably, and never at any length."""

from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

import pytest

from records import TLP, AffectedProduct, Category, Difference, Marking, Reference
from records.differences import MAX_LINE, MAX_LINES, SKIPPED, differences
from tests.store import examples

NOW = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
NOTICE = replace(
    examples.advisory(NOW),
    affected=(AffectedProduct("Automate", "Exemple", "1.0", "known_affected"),),
    references=(Reference("https://example.org/a", "Bulletin"),),
    risks=("Déni de service",),
    summary="Une faille a été trouvée. Elle est grave.\n\nAppliquer le correctif.",
)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ()),
        ({"title": "Autre titre"}, (Difference("title", reworded=((NOTICE.title, "Autre titre"),)),)),
        ({"category": Category.ALERT}, (Difference("category", reworded=(("advisory", "alert"),)),)),
        (
            {"marking": Marking(TLP.GREEN)},
            (Difference("marking", reworded=(("TLP:CLEAR PAP:CLEAR", "TLP:GREEN PAP:CLEAR"),)),),
        ),
        (
            {"cves": ("CVE-2025-0003", "CVE-2025-0002")},
            (Difference("cves", added=("CVE-2025-0003", "CVE-2025-0002"), removed=("CVE-2025-0001",)),),
        ),
        (
            {"risks": ("Exécution de code à distance", "Déni de service")},
            (Difference("risks", added=("Exécution de code à distance",)),),
        ),
        (
            {"affected": (AffectedProduct("Automate", "Exemple", "1.1", "fixed"),)},
            (
                Difference(
                    "affected",
                    reworded=(("Exemple Automate 1.0 (known_affected)", "Exemple Automate 1.1 (fixed)"),),
                ),
            ),
        ),
        (
            {"affected": (*NOTICE.affected, AffectedProduct("Automate", "Exemple", "1.1", "fixed"))},
            (Difference("affected", added=("Exemple Automate 1.1 (fixed)",)),),
        ),
        (
            {"references": (Reference("https://example.org/a", "Bulletin mis à jour"),)},
            (
                Difference(
                    "references",
                    reworded=(
                        ("Bulletin (https://example.org/a)", "Bulletin mis à jour (https://example.org/a)"),
                    ),
                ),
            ),
        ),
        (
            {"summary": "Une faille a été trouvée. Elle est critique.\n\nAppliquer le correctif."},
            (
                Difference(
                    "summary",
                    lines=(
                        "  Une faille a été trouvée.",
                        "- Elle est grave.",
                        "+ Elle est critique.",
                        "  Appliquer le correctif.",
                    ),
                ),
            ),
        ),
        ({"summary": NOTICE.summary.replace("\n\n", "\n \n")}, ()),  # nothing that a reader would see
        ({"updated_at": NOW, "revisions": (), "url": "https://example.org/moved"}, ()),
    ],
)
def test_each_field_tells_its_change(changes: dict[str, object], told: tuple[Difference, ...]) -> None:
    assert differences(NOTICE, replace(NOTICE, **changes)) == told  # type: ignore[arg-type]


def test_order_of_a_list_is_no_change() -> None:
    before, after = replace(NOTICE, cves=("CVE-1", "CVE-2")), replace(NOTICE, cves=("CVE-2", "CVE-1"))
    assert differences(before, after) == ()


def test_long_text_tells_its_first_changes_and_that_there_are_more() -> None:
    before = replace(NOTICE, body="\n".join(f"ligne {number}" for number in range(5_000)))
    after = replace(
        NOTICE, body="\n".join(f"ligne {number}{' bis' * (number % 2)}" for number in range(5_000))
    )
    (found,) = differences(before, after)
    assert len(found.lines) == MAX_LINES + 1
    assert found.lines[:3] == ("  ligne 0", "- ligne 1", "+ ligne 1 bis")
    assert found.lines[-1] == SKIPPED


def test_change_deep_in_a_long_text_is_found() -> None:
    lines = [f"ligne {number}" for number in range(5_000)]
    changed = [*lines[:4_000], "ajout", *lines[4_000:]]
    (found,) = differences(replace(NOTICE, body="\n".join(lines)), replace(NOTICE, body="\n".join(changed)))
    assert found.lines[:4] == (SKIPPED, "  ligne 3999", "+ ajout", "  ligne 4000")


def test_line_without_end_is_cut() -> None:
    (found,) = differences(NOTICE, replace(NOTICE, body="é" * 1_000_000))
    assert found.lines == ("+ " + "é" * MAX_LINE + SKIPPED,)


@pytest.mark.parametrize("lines", [["a"] * 100_000, ["a", "b"] * 50_000, ["a", "b", "a", "c"] * 25_000])
def test_hostile_text_takes_no_longer(lines: list[str]) -> None:
    before, after = (
        replace(NOTICE, body="\n".join(lines)),
        replace(NOTICE, body="\n".join(["x", *lines[::-1]])),
    )
    start = perf_counter()
    assert differences(before, after)
    assert perf_counter() - start < 2
