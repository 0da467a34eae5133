"""The lists of years hold what a reader narrows by, in few bytes."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from publishing.cards import Card
from publishing.facets import cut_addresses, facet_files, mark
from records import Level, Tier
from tests.publishing.editions import card

NAMES = {"certfr-avis": "CERT-FR"}
FAMILIES = {"pare feu": "firewall"}


def read(cards: Iterable[Card]) -> dict[str, Any]:
    return {
        path.removeprefix("donnees/listes/"): json.loads(content)
        for path, content in facet_files(cards, NAMES, FAMILIES)
    }


def test_every_year_has_its_columns_newest_first() -> None:
    first = card("a", vendors=("Fortinet",), cves=("CVE-2025-1", "CVE-2025-2"))
    second = replace(
        card("b", vendors=("Siemens", "Fortinet")), published_at=first.published_at + timedelta(days=3)
    )
    found = read([first, second, card("c", year=2024)])
    year = found["2025.json"]
    assert list(found) == ["index.json", "2025.json", "2025.en.json", "2024.json", "2024.en.json"]
    assert year["titles"] == ["Titre b", "Titre a"]
    assert year["days"] == [20273, 3]
    assert year["cves"] == [0, 2]
    assert [[year["vendor_names"][at] for at in row] for row in year["vendors"]] == [
        ["Siemens", "Fortinet"],
        ["Fortinet"],
    ]
    assert {
        name: len(column) for name, column in year.items() if name in ("addresses", "marks", "voices")
    } == {
        "addresses": 2,
        "marks": 2,
        "voices": 2,
    }
    assert found["2025.en.json"] == {"0": "Title b", "1": "Title a"}


def test_the_index_counts_names_and_says_how_addresses_call_them() -> None:
    index = read([card("a", families=("pare feu",), vendors=("Éditions Œil",)), card("b", year=2024)])[
        "index.json"
    ]
    assert index["years"] == [[2025, 1], [2024, 1]]
    assert index["families"] == [["pare feu", "pare-feu", 1, "pare feu", "firewall"]]
    assert index["sources"] == [["certfr-avis", "certfr-avis", 2, "CERT-FR", "CERT-FR"]]
    assert index["vendors"][0][0] == "Éditions Œil"
    assert str(index["vendors"][0][1]).isascii()


def test_every_mark_is_one_byte_and_no_two_are_alike() -> None:
    marks = {
        mark(card("a", tier=tier, level=level, **state))
        for tier, level in product(["", *Tier], ["", *Level])
        for state in ({}, {"withdrawn": True}, {"exploited_on": card("a").published_at.date()})
    }
    assert len(marks) == 5 * 6 * 3
    assert all(len(json.dumps(one)) == 3 for one in marks)


@pytest.mark.parametrize(
    ("paths", "starts", "rests"),
    [
        (["avis/2025/certfr-avis--a-1/", "avis/2025/certfr-avis--a-2/"], {"certfr-avis": "a-"}, ["1", "2"]),
        (["avis/2025/certfr-avis--a/", "avis/2025/certfr-avis--ab/"], {"certfr-avis": "a"}, ["", "b"]),
        (["avis/2025/certfr-avis--a/"], {"certfr-avis": "a"}, [""]),
        (["avis/2024/certfr-avis--a/", "ailleurs/"], {}, ["avis/2024/certfr-avis--a/", "ailleurs/"]),
    ],
)
def test_addresses_are_cut_so_that_they_can_be_put_together(
    paths: list[str], starts: dict[str, str], rests: list[str]
) -> None:
    assert cut_addresses([card("x", path=path) for path in paths]) == (starts, rests)


def test_openings_that_many_titles_share_are_written_once() -> None:
    title = "Multiples vulnérabilités dans  Produit"
    year = read([card(f"n{n}", title=f"{title} {n}") for n in range(20)] + [card("z", title="Seul")])[
        "2025.json"
    ]
    openings = year["openings"]
    whole = [one if isinstance(one, str) else f"{openings[one[0]]}{one[1]}" for one in year["titles"]]
    assert sorted(whole) == sorted([f"{title} {n}" for n in range(20)] + ["Seul"])
    assert openings == ["Multiples vulnérabilités dans"]


def test_a_year_of_2000_stories_is_under_200_kilobytes() -> None:
    cards = [
        card(
            f"certfr-2025-avi-{n:04}",
            title=f"Multiples vulnérabilités dans les produits de l’éditeur numéro {n * 7919 % 300}",
            vendors=(f"Éditeur {n * 7919 % 300}",),
            families=(f"Famille {n % 12}",),
            cves=tuple(f"CVE-2025-{n}" for n in range(n % 30)),
        )
        for n in range(2_000)
    ]
    files = dict(facet_files(cards, NAMES, FAMILIES))
    assert len(files["donnees/listes/2025.json"]) <= 200_000


def test_same_cards_in_any_order_give_the_same_bytes() -> None:
    cards = [card(f"n{n}", vendors=(f"v{n % 7}", "w")) for n in range(50)]
    assert dict(facet_files(cards, NAMES, {})) == dict(facet_files(cards[::-1], NAMES, {}))


def test_a_new_story_leaves_other_years_alone() -> None:
    old = [card(f"n{n}", year=2024, vendors=(f"v{n}",)) for n in range(5)]
    before = dict(facet_files(old, NAMES, {}))
    after = dict(facet_files([*old, card("new", vendors=("aaa",))], NAMES, {}))
    changed = [path for path, content in after.items() if before.get(path) != content]
    assert changed == ["donnees/listes/index.json", "donnees/listes/2025.json", "donnees/listes/2025.en.json"]
