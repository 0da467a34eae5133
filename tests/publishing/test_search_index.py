"""The search data finds what it should, in few bytes, and changes little."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from benchmarks.search_data import QUERIES, cards
from publishing.cards import Card, CardProduct
from publishing.search_index import OtherPage, search_files
from publishing.search_words import card_words
from tests.publishing.editions import card
from tests.publishing.search_reading import Reading, search

NAMES = {"certfr-avis": "CERT-FR"}
FICHE = OtherPage(
    "fiches/rancongiciel/", "Rançongiciel : que faire", "Débrancher le réseau.", "Ransomware: what to do"
)


def indexed(*cards: Card) -> list[Card]:
    return [replace(one, words=card_words(one)) for one in cards]


def files(cards: Iterable[Card], others: tuple[OtherPage, ...] = ()) -> dict[str, bytes]:
    return dict(search_files(indexed(*cards), others, NAMES))


def story(name: str, title: str, *, day: int = 0, **fields: object) -> Card:
    made = card(name, title=title, title_en=title, native_ids=(name,))
    return replace(made, published_at=made.published_at + timedelta(days=day), **fields)  # type: ignore[arg-type]


def many(number: int) -> list[Card]:
    """Return cards of an invented archive, the same each time: 4 names of 2 000, 12 CVEs of 20 000 each."""
    random = Random(7)
    names = [f"{random.choice('bcdfglmprst')}{random.choice('aeiou')}produit{n:04}" for n in range(2_000)]
    return [
        story(
            f"CERTFR-{2015 + n * 11 // number}-AVI-{n:05}",
            f"Multiples vulnérabilités dans {random.choice(names)} et {random.choice(names)}",
            day=n * 3650 // number,
            vendors=(random.choice(names),),
            products=(CardProduct("", random.choice(names)),),
            cves=tuple(
                f"CVE-{2015 + n * 11 // number}-{1000 + random.randrange(20_000)}"
                for _ in range(random.randrange(25))
            ),
        )
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def archive() -> dict[str, bytes]:
    return files(many(2_000), (FICHE,))


@pytest.mark.parametrize("query", ["rançongiciel", "RANCONGICIEL", "ranc\u0327ongiciels", "rançon"])
def test_accents_and_case_do_not_matter(query: str) -> None:
    found = files([story("a", "Rançongiciels à l’hôpital"), story("b", "Autre chose")])
    assert search(Reading(found), query) == ["Rançongiciels à l’hôpital"]


@pytest.mark.parametrize("query", ["S7-1500", "s7 1500", "s71500", "S7-15"])
def test_a_product_is_found_however_its_number_is_written(query: str) -> None:
    found = files(
        [story("a", "Faille", products=(CardProduct("Siemens", "SIMATIC S7-1500"),)), story("b", "Autre")]
    )
    assert search(Reading(found), query) == ["Faille"]


@pytest.mark.parametrize(
    "query", ["CVE-2025-12345", "cve 2025 12345", "2025-12345", "CVE\u20112025\u201112345", "CVE-2025-123"]
)
def test_a_cve_is_found_however_it_is_written(query: str) -> None:
    found = files(
        [story("a", "La bonne", cves=("CVE-2025-12345",)), story("b", "Non", cves=("CVE-2025-99999",))]
    )
    assert search(Reading(found), query) == ["La bonne"]


def test_the_whole_number_comes_before_longer_ones_and_newer_pages() -> None:
    found = files(
        [
            story("a", "Entière", cves=("CVE-2025-1234",)),
            story("b", "Plus longue", day=5, cves=("CVE-2025-12345",)),
            story("c", "Dans le titre : CVE-2025-1234", day=6),
        ]
    )
    assert search(Reading(found), "CVE-2025-1234")[0] == "Entière"


def test_a_notice_is_found_by_its_own_number() -> None:
    found = files([story(f"CERTFR-2025-AVI-{n:04}", f"Avis {n}") for n in range(300)])
    assert search(Reading(found), "certfr-2025-avi-0123") == ["Avis 123"]


def test_products_come_before_titles_and_titles_before_the_rest() -> None:
    found = files(
        [
            story("a", "Produit", vendors=("Zorgmed",)),
            story("b", "Zorgmed au titre", day=1),
            story("c", "Étiquette", day=2, tags=("zorgmed",)),
        ]
    )
    assert search(Reading(found), "zorgmed") == ["Produit", "Zorgmed au titre", "Étiquette"]


def test_the_newest_comes_first_among_equals() -> None:
    found = files([story(f"n{n}", f"Zorgmed {n}", day=n) for n in range(40)])
    assert search(Reading(found), "zorgmed", most=3) == ["Zorgmed 39", "Zorgmed 38", "Zorgmed 37"]


def test_all_words_are_wanted_else_as_many_as_there_are() -> None:
    found = files([story("a", "Alpha Bravo"), story("b", "Alpha Charlie"), story("c", "Delta")])
    assert search(Reading(found), "alpha bravo") == ["Alpha Bravo"]
    assert search(Reading(found), "bravo alpha inconnu ") == ["Alpha Bravo"]
    assert search(Reading(found), "inconnu ") == []


def test_only_the_last_word_may_be_unfinished() -> None:
    found = files([story("a", "Intellivue moniteur")])
    assert search(Reading(found), "moniteur intell") == ["Intellivue moniteur"]
    assert search(Reading(found), "intell ") == []


def test_hand_written_pages_are_found_first_and_leave_the_numbers_of_cards_alone() -> None:
    news = story("a", "Un rançongiciel", day=3, vendors=("Rançongiciel",))
    with_fiche = files([news], (FICHE,))
    assert search(Reading(with_fiche), "rançongiciel") == ["Rançongiciel : que faire", "Un rançongiciel"]
    assert search(Reading(with_fiche), "débrancher") == ["Rançongiciel : que faire"]
    two = files([news], (FICHE, replace(FICHE, path="fiches/messagerie/")))
    assert with_fiche["donnees/recherche/pages/1.json"] == two["donnees/recherche/pages/1.json"]


def test_titles_in_another_script_are_found() -> None:
    assert search(Reading(files([story("a", "Больница под атакой")])), "больница") == ["Больница под атакой"]


def test_a_notice_with_1924_companions_stays_small() -> None:
    companions = tuple(f"CVE-2024-{26_600 + 3 * n}" for n in range(1_924))
    usual = [story(f"n{n}", f"Zorgmed {n}", day=n) for n in range(20)]
    before = files(usual)
    after = files([*usual, story("noyau", "Noyau", cves=companions)])
    added = sum(map(len, after.values())) - sum(map(len, before.values()))
    assert added < 16_000
    assert max(len(content) for path, content in after.items() if "/numeros/" in path) < 8_000
    assert search(Reading(after), "CVE-2024-26603") == ["Noyau"]
    assert all(len(content) < 3_000 for path, content in after.items() if "/pages/" in path)


def test_same_cards_in_any_order_give_the_same_bytes() -> None:
    cards = many(200)
    assert files(cards, (FICHE,)) == files(reversed(cards), (FICHE,))


def test_one_new_card_changes_few_files(archive: dict[str, bytes]) -> None:
    new = story(
        "CERTFR-2025-AVI-99999",
        "Vulnérabilité dans Zorgmed",
        day=4000,
        cves=("CVE-2025-1234", "CVE-2025-4321"),
    )
    after = files([*many(2_000), new], (FICHE,))
    changed = [path for path, content in after.items() if archive.get(path) != content]
    assert len(changed) <= 12, changed
    assert set(archive) <= set(after)


def test_the_data_keeps_its_budget(archive: dict[str, bytes]) -> None:
    assert sum(map(len, archive.values())) / 2_000 <= 300


@pytest.mark.parametrize(
    "query", ["CVE-2020-12345", "baproduit", "certfr", "ba", "multiples vulnérabilités certfr"]
)
def test_a_query_reads_little(archive: dict[str, bytes], query: str) -> None:
    reading = Reading(archive)
    search(reading, query)
    assert sum(len(archive[path]) for path in reading.opened) <= 60_000


def test_names_of_files_are_harmless_whatever_the_words() -> None:
    hostile = story(
        "../../x", "../../etc/passwd <b>\\u002f {{ 7*7 }} con.json", tags=("..", "a/../b", "C:\\x")
    )
    for path in files([replace(hostile, native_ids=("../24-x", "A-24-../../x", "x" * 500))]):
        assert path.startswith("donnees/recherche/")
        assert ".." not in path and "\\" not in path and path.count("/") <= 3


def test_no_cards_and_no_pages_give_a_readable_index() -> None:
    empty = files([])
    assert json.loads(empty["donnees/recherche/index.json"])["cards"] == 0
    assert search(Reading(empty), "rançongiciel") == []


def test_the_recorded_archive_keeps_its_budget(recorded: Path) -> None:
    made = cards(recorded, 3_000)
    found = dict(search_files(made, (), {}))
    assert sum(map(len, found.values())) / len(made) <= 300
    for query in QUERIES:
        reading = Reading(found)
        search(reading, query)
        assert sum(len(found[path]) for path in reading.opened) <= 150_000, query
