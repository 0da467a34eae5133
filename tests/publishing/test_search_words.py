"""Texts are cut into the words readers type."""

import pytest

from publishing.cards import CardProduct
from publishing.search_words import LONGEST, MOST, card_words, fold, native_number, words
from tests.publishing.editions import card


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Rançongiciel", "rancongiciel"),
        ("Ranc\u0327ongiciel", "rancongiciel"),
        ("L’Œuvre d'Æsop", "l'oeuvre d'aesop"),
        ("CVE\u20112026\u20111", "cve-2026-1"),
        ("a\U0001f600b", "a b"),
    ],
)
def test_folded_text_is_lower_case_without_accents(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Multiples vulnérabilités dans les produits Fortinet", ["fortinet"]),
        ("SIMATIC S7-1500", ["simatic", "s7", "1500", "s71500"]),
        ("S7 1500 et s71500", ["s7", "1500", "s71500"]),
        ("CERT-FR", ["cert", "fr", "certfr"]),
        ("man-in-the-middle", ["man", "middle"]),
        ("cve-2026-12345 et CVE 2026 12345", ["cve-2026-12345"]),
        ("CERTFR-2026-AVI-0001, ICSMA-24-100-01", ["certfr-2026-avi-0001", "icsma-24-100-01"]),
        ("FortiOS 7.4.3 et v10.2-rc1", ["fortios"]),
        ("Windows 11, Exchange 2019", ["windows", "11", "exchange", "2019"]),
        ("Больница 病院", ["больница", "病院"]),
        ("x", []),
        ("", []),
    ],
)
def test_texts_are_cut_into_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_long_words_are_cut() -> None:
    assert words("a" * 400) == ["a" * LONGEST]


def test_products_weigh_more_than_titles_and_titles_more_than_sources() -> None:
    made = card(
        "CERTFR-2025-AVI-0001",
        title="Faille dans Intellivue",
        title_en="Flaw in Intellivue",
        vendors=("Philips",),
        products=(CardProduct("Philips", "IntelliVue MX800"),),
        families=("Moniteur patient",),
    )
    found = card_words(made)
    assert {"3philips", "3intellivue", "3mx800", "2faille", "2flaw", "1certfr", "1moniteur"} <= set(found)
    assert len({word[1:] for word in found}) == len(found)


def test_numbers_that_the_card_has_are_not_kept_twice() -> None:
    made = card(
        "CERTFR-2025-AVI-0001",
        title="CVE-2025-1111 et CVE-2025-2222 (CERTFR-2025-AVI-0001)",
        cves=("CVE-2025-1111",),
    )
    assert [word for word in card_words(made) if "-" in word] == ["2cve-2025-2222"]


def test_identifiers_people_type_are_words_and_machine_ids_are_not() -> None:
    found = card_words(card("x", native_ids=("SSA-123456", "https://example.org/actu/mot-rare", "a" * 36)))
    assert "3ssa123456" in found
    assert not any("rare" in word or "aaa" in word for word in found)


@pytest.mark.parametrize(
    ("identifier", "number"),
    [
        ("CERTFR-2026-AVI-0001", "certfr-2026-avi-0001"),
        ("CVE-2026-12345", "cve-2026-12345"),
        ("FG-IR-24-036", "fg-ir-24-036"),
        ("SSA-123456", ""),
        ("../../etc-24-passwd/", ""),
    ],
)
def test_numbers_of_the_usual_shape_are_told_from_others(identifier: str, number: str) -> None:
    assert native_number(identifier) == number


def test_hundreds_of_products_do_not_fill_the_index() -> None:
    products = tuple(CardProduct("Siemens", f"Appareil modele{n}") for n in range(500))
    found = card_words(card("x", vendors=("Siemens",), products=products))
    assert len(found) <= MOST
    assert "3siemens" in found and "2titre" in found


def test_summaries_are_words_of_news_only() -> None:
    told = "Le centre hospitalier de Trifouillis est touché"
    assert "1trifouillis" in card_words(card("x", category="news", summary=told))
    assert "1trifouillis" not in card_words(card("x", category="advisory", summary=told))
