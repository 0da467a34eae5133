"""Telling a text's language by its function words."""

import json
from pathlib import Path

import pytest

from collectors.reading.language import detected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "fr",
            "Une vulnérabilité a été découverte dans la pompe, elle permet à un attaquant d’agir à distance.",
        ),
        ("en", "A flaw in the pump could allow an attacker on the same network to change its rate."),
        (
            "de",
            "Eine Schwachstelle in der Pumpe erlaubt es einem Angreifer, die Dosis aus dem Netz zu ändern.",
        ),
        (
            "es",
            "Una vulnerabilidad de la bomba permite que los atacantes de la red la paren sin que lo sepan los otros.",
        ),
        (
            "it",
            "Una vulnerabilità della pompa permette a un attaccante nella rete di cambiare la dose senza permesso.",
        ),
        (
            "nl",
            "Een kwetsbaarheid in de pomp maakt het voor een aanvaller op het netwerk mogelijk om de dosis te zien.",
        ),
        (
            "pt",
            "Uma vulnerabilidade na bomba permite que um atacante da rede mude a dose sem que o médico saiba.",
        ),
    ],
)
def test_a_sentence_is_enough(language: str, text: str) -> None:
    assert detected(text, "xx") == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Multiple vulnerabilities in Siemens products",
        "Vulnérabilités dans les produits Siemens",
        "CVE-2025-1001 CVE-2025-1002 192.0.2.1 SIMATIC S7-1500 CPU 1518-4 PN/DP 6ES7518-4AP00-0AB0",
        "Многочисленные уязвимости в продуктах компании",
        "de la de la de la de la",
    ],
)
def test_what_is_short_or_undecided_keeps_the_language_of_its_source(text: str) -> None:
    assert detected(text, "nl") == "nl"


def test_recorded_texts_of_over_two_hundred_characters_are_told_apart(recorded: Path) -> None:
    rows = [json.loads(row) for row in (recorded / "relevance/train.jsonl").read_text("utf-8").splitlines()]
    found = [(row["lang"], detected(row["text"], "")) for row in rows if len(row["text"]) > 200]
    assert len(found) > 3_000
    assert sum(said == told for said, told in found) >= 0.99 * len(found)
    assert sum(told not in ("", said) for said, told in found) <= 0.001 * len(found)
