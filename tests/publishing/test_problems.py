"""Readers are told in French why a source could not be read."""

import re

import pytest

from publishing.problems import in_french
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        (
            "https://a.example/: the server answered 404",
            "https://a.example/\u00a0: le serveur a répondu par l’erreur 404",
        ),
        (
            "https://a.example/x: the host cannot be reached (and 3 more)",
            "https://a.example/x\u00a0: le serveur est injoignable (et 3 autres)",
        ),
        (
            "https://a.example/x: the site's robots.txt asks that it not be read",
            "https://a.example/x\u00a0: le fichier robots.txt du site demande de ne pas lire cette adresse",
        ),
        (
            "https://a.example/x: what vouches for it answered 503: https://a.example/x.sha512",
            "https://a.example/x\u00a0: ce qui garantit ce document a répondu par l’erreur 503",
        ),
        ("items rejected: 4", "fiches illisibles\u00a0: 4"),
        (
            "https://a.example/x: no whole answer within 30 seconds; items rejected: 1",
            "https://a.example/x\u00a0: pas de réponse complète en 30 secondes\u00a0; fiches illisibles\u00a0: 1",
        ),
        (
            "https://a.example/x: 10.0.0.1 is a private address; name it in fetch.allow_private if it may be read",
            "https://a.example/x\u00a0: 10.0.0.1 est une adresse privée\u00a0: lecture refusée",
        ),
    ],
)
def test_known_reasons_are_said_in_french(error: str, heard: str) -> None:
    assert in_french(error) == (heard, "fr")


@pytest.mark.parametrize("error", ["ZeroDivisionError: a defect", "https://a.example/: an odd thing"])
def test_unknown_reasons_stay_as_they_are(error: str) -> None:
    assert in_french(error) == (error, "en")


def test_what_the_spider_says_has_its_french() -> None:
    text = (ROOT / "collectors" / "fetching" / "spider.py").read_text("utf-8")
    body = text[text.index("def _reason(") :]
    sentences = re.findall(r'return f?"([^"{]*(?:\{[^}]*\}[^"{]*)*)"', body)
    assert len(sentences) >= 6
    for sentence in sentences:
        filled = re.sub(r"\{[^}]*\}", "30", sentence)
        if "name" not in sentence or "host name" in sentence:
            assert in_french(f"https://a.example/: {filled}")[1] == "fr", sentence
