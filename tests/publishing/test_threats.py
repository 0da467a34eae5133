"""Attacks on health bodies are counted by words that a reader can check, and their victims are not named."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publishing.cards import Card
from publishing.layout import Site, Writer
from publishing.pages.rows import row
from publishing.threats import (
    by_country,
    country_of,
    course,
    figures,
    files,
    kind_of,
    recent_victims,
    threats_page,
    victims,
)
from tests.conftest import ROOT
from tests.publishing.editions import HOSTILE, card

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
WRITER = Writer(Site("Vigie", "https://vigie.example/", ROOT / "site"), "fr")


def _news(title: str, **fields: Any) -> Card:
    usual: dict[str, Any] = {"title": title, "title_en": title, "category": "news", "tier": "secteur"}
    return card("n", **(usual | fields))


@pytest.mark.parametrize(
    ("title", "ransomware", "claim"),
    [
        ("Un hôpital paralysé par un rançongiciel", True, False),
        ("Rancongiciel : la clinique des Lilas à l’arrêt", True, False),
        ("Ransomware attack hits care homes", True, False),
        ("Fuite de données de patients dans un laboratoire", False, False),
        ("Cyberattaque : le centre hospitalier passe en mode dégradé", False, False),
        ("Dental group reports data security incident", False, False),
        ("Un groupe revendique l’attaque d’une mutuelle", False, True),
        ("Gang claims responsibility for attack on hospital", False, True),
        ("Zorg Clinic listed on extortion site", False, True),
    ],
)
def test_stories_of_an_attack_are_counted(title: str, ransomware: bool, claim: bool) -> None:
    (found,) = victims([_news(title)])
    assert (found.ransomware, found.claim) == (ransomware, claim)


@pytest.mark.parametrize(
    "title",
    [
        "Un hôpital ouvre un nouveau service de radiologie",
        "Exercice de crise : un CHU simule un rançongiciel",
        "Guide : protéger sa clinique contre les cyberattaques",
        "Clinic settles HIPAA ransomware investigation",
        "Hacker of hospitals sentenced to prison",
        "Webinar: ransomware in hospitals",
        "Thousands of DICOM servers still answer anyone",
    ],
)
def test_stories_about_attacks_in_general_are_not_counted(title: str) -> None:
    assert victims([_news(title)]) == ()


@pytest.mark.parametrize(
    "fields", [{"withdrawn": True}, {"category": "advisory"}, {"tier": "général"}, {"tier": "soin"}]
)
def test_only_standing_news_of_the_sector_is_counted(fields: dict[str, Any]) -> None:
    assert victims([_news("Un hôpital paralysé par un rançongiciel", **fields)]) == ()


@pytest.mark.parametrize(
    ("title", "country"),
    [
        ("Cyberattaque contre un hôpital français", "FR"),
        ("Rançongiciel : un hôpital de Bretagne touché", "FR"),
        ("L’hôpital de Mayotte victime d’une cyberattaque", "FR"),
        ("Hospital in Germany hit", "DE"),
        ("Un hôpital d’Allemagne touché", "DE"),
        ("US hospital chain hit", "US"),
        ("Kansas hospital hit", "US"),
        ("New Mexico clinic hit", "US"),
        ("New England clinic hit", ""),
        ("UK trust hit by ransomware", "GB"),
        ("Northern Ireland clinic hit", "GB"),
        ("British Columbia health authority hit", "CA"),
        ("New South Wales hospital hit", ""),
        ("Tell us about the hospital", ""),
        ("Small Georgia medical practice closes", ""),
        ("Réunion de crise à l’hôpital", ""),
        ("Maurice Dupont quitte l’hôpital", ""),
        ("Des pirates de Russie visent un hôpital belge", "BE"),
        ("Un hôpital attaqué depuis la Chine", ""),
        ("Hôpitaux attaqués en France et en Belgique", ""),
        ("Ransom of US$7m refused by hospital", ""),
        ("Un hôpital attaqué", ""),
    ],
)
def test_the_country_is_the_one_that_is_named(title: str, country: str) -> None:
    assert country_of(_news(title)) == country


@pytest.mark.parametrize(
    ("tag", "country"),
    [
        ("country:FR", "FR"),
        ("pays: fr", "FR"),
        ('misp-galaxy:target-information="France"', "FR"),
        ("Belgique", "BE"),
        ("country:RU", "RU"),
        ("IT", ""),
        ("country:ZZZ", ""),
        ("U.S.", ""),
    ],
)
def test_a_tag_names_a_country_where_it_says_so(tag: str, country: str) -> None:
    assert country_of(_news("Un établissement attaqué", tags=(tag,))) == country


def test_a_tag_outranks_the_title_and_the_title_the_summary() -> None:
    assert country_of(_news("Attack in Germany", tags=("country:AT",), summary="France")) == "AT"
    assert country_of(_news("Attack in Germany", summary="A hospital near France")) == "DE"
    assert country_of(_news("Attack", summary="A hospital in France")) == "FR"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Le CHU de Zorg attaqué", "hôpital"),
        ("Le CH d’Exemple attaqué", "hôpital"),
        ("Klinikum Musterstadt", "hôpital"),
        ("Une clinique privée attaquée", "clinique"),
        ("Fournisseur de système clinique attaqué", "prestataire"),
        ("Données d’un essai clinique volées", ""),
        ("Un laboratoire de biologie attaqué", "laboratoire"),
        ("Un laboratoire pharmaceutique attaqué", ""),
        ("Un Ehpad attaqué", "ehpad"),
        ("Nursing home hit", "ehpad"),
        ("Un cabinet dentaire attaqué", "cabinet"),
        ("Un cabinet d’avocats attaqué", ""),
        ("Pharmacy chain hit", "pharmacie"),
        ("Un éditeur de logiciels pour hôpitaux attaqué", "prestataire"),
        ("Une mutuelle attaquée", "assurance"),
        ("Une cyber-assurance pour tous", ""),
        ("Fuite de données", ""),
    ],
)
def test_the_kind_of_body_is_the_first_that_is_named(title: str, kind: str) -> None:
    assert kind_of(_news(title)) == kind


def test_a_story_is_of_one_month_and_told_in_one_way() -> None:
    cards = [
        _news("Hôpital : rançongiciel", published_at=datetime(2025, 7, 2, tzinfo=UTC)),
        _news("LockBit revendique un rançongiciel", published_at=datetime(2025, 6, 30, tzinfo=UTC)),
        _news("Cyberattaque ancienne", published_at=datetime(2024, 7, 31, tzinfo=UTC)),
    ]
    found = course(recent_victims(cards, MADE_AT), MADE_AT)
    assert len(found.starts) == 12
    assert [counts[-2:] for counts in found.counts.values()] == [(0, 1), (0, 0), (1, 0)]
    assert sum(map(sum, found.counts.values())) == 2


def test_countries_are_ranked_and_the_unnamed_come_last() -> None:
    titles = [
        "Ransomware in Germany",
        "Ransomware",
        "Ransomware",
        "Ransomware in Belgium",
        "Ransomware in Germany",
    ]
    assert by_country(victims(map(_news, titles))) == (("DE", 2), ("BE", 1), ("", 2))


def test_no_figure_and_no_file_names_a_victim() -> None:
    cards = [
        _news("Cyberattaque contre l’hôpital Zorglub en France", summary="Zorglub", native_ids=("zorglub",))
    ]
    drawn = figures(WRITER, recent_victims(cards, MADE_AT), MADE_AT)
    html = WRITER.fill("observatoire-figures.html", "menaces/", figures=drawn)
    assert "Hôpitaux et centres hospitaliers" in html
    for text in (html, *(body.decode() for body in files(recent_victims(cards, MADE_AT), MADE_AT).values())):
        assert "zorglub" not in text.lower()


def test_every_figure_names_a_file_that_is_published_and_agrees_with_it() -> None:
    cards = [_news("Cyberattaque contre un hôpital français")]
    drawn, written = (
        figures(WRITER, recent_victims(cards, MADE_AT), MADE_AT),
        files(recent_victims(cards, MADE_AT), MADE_AT),
    )
    assert {one.csv for one in drawn} == set(written)
    assert drawn[1].rows == (("France", "1"),)
    assert list(csv.reader(io.StringIO(written[drawn[1].csv].decode())))[1:] == [["FR", "1"]]


def test_the_page_lists_recent_stories_and_says_that_nothing_is_verified() -> None:
    cards = [replace(_news(text), path=f"avis/2025/x--{n}/") for n, text in enumerate(HOSTILE)]
    rows = {one.path: row(WRITER, one) for one in cards}
    page = threats_page(Writer(WRITER.site, "fr", {}, rows), cards, (), MADE_AT)
    assert page.html.startswith('<h1 id="titre">')
    assert page.html.count("<time") == len(HOSTILE)
    assert "sans vérification de notre part" in page.html
    assert "<script" not in page.html and "<iframe" not in page.html


def test_a_page_without_news_says_so() -> None:
    assert "Aucune actualité du secteur" in threats_page(WRITER, [], (), MADE_AT).html


def test_the_rules_hold_on_recorded_press(recorded: Path) -> None:
    """Of attacks on health bodies in the press nearly all are known as such, and a country that is named is
    the right one.
    """
    folder = recorded / "health" / "press"
    told = json.loads((folder / "press_all.json").read_text("utf-8"))["results"]
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        labels = [line["health"] for line in csv.DictReader(file)]
    attacks = [one for one, label in zip(told, labels, strict=True) if label == "1"]
    cards = [_news(one["title"], summary=one["summary"][:600]) for one in attacks]
    named = [
        (found, one["country"]) for found, one in zip(map(country_of, cards), attacks, strict=True) if found
    ]
    assert len(victims(cards)) >= 0.94 * len(cards)
    assert len(named) >= 0.38 * len(cards)
    assert sum(found == said for found, said in named) >= 0.96 * len(named)
