"""What is published of products, and what is read back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checking.other_names import Alias
from checking.product_index import WITHDRAWN, product_files, read_index
from records import UnreadableError
from tests.checking.stories import cards, index_files


def test_index_names_years_newest_first_with_their_counts() -> None:
    index = json.loads(index_files()["index.json"])
    assert [(year["year"], year["file"]) for year in index["years"]] == [
        (2026, "2026.json"),
        (2025, "2025.json"),
    ]
    assert sum(year["stories"] for year in index["years"]) == len(list(cards())) - 1  # one says nothing
    assert index["words"]["legal"] and index["columns"]["version"]


def test_same_cards_give_the_same_bytes_in_any_order() -> None:
    aliases = [Alias("Fortinet", "FortiOS", "FortiGate", True), Alias("A", "B", "C", False)]
    forward = list(product_files(cards(), aliases))
    assert forward == list(product_files(reversed(list(cards())), reversed(aliases)))


def test_what_is_read_is_what_was_published() -> None:
    read = read_index(index_files())
    published = [
        (card.path, one.vendor, one.product, one.ranges, one.status, one.cpe, one.purl)
        for card in sorted(cards(), key=lambda card: card.published_at, reverse=True)
        for one in card.products
        if one.product != "Réparé"
    ]
    assert [
        (one.story.path, one.vendor, one.product, one.ranges, one.status, one.cpe, one.purl)
        for one in read.statements
    ] == published


def test_withdrawn_story_is_marked() -> None:
    marks = {one.story.path: one.story.marks for one in read_index(index_files()).statements}
    assert marks["avis/2026/essai--gone/"] == WITHDRAWN


def test_a_new_story_changes_its_year_and_the_index_only() -> None:
    before = dict(product_files(cards()))
    newest = next(cards())
    after = dict(product_files([*cards(), replace(newest, path="avis/2026/essai--new/", published_at=newest.published_at + timedelta(days=1))]))  # fmt: skip
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {"donnees/produits/index.json", "donnees/produits/2026.json"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("2025.json", None, "2025.json: is missing"),
        ("index.json", b"{", "index.json: is no file of a product index"),
        ("2026.json", b'{"version": 2}', "2026.json: is no file of a product index of version 1"),
        ("2026.json", b'{"version": 1, "stories": {}}', "2026.json: is no file"),
        ("index.json", b'{"version": 1, "aliases": [1], "years": []}', "index.json: is no file"),
    ],
)
def test_broken_index_is_told(name: str, content: bytes | None, said: str) -> None:
    files = index_files()
    if content is None:
        del files[name]
    else:
        files[name] = content
    with pytest.raises(UnreadableError, match=said):
        read_index(files)
