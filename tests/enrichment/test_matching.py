"""Terms are found whatever their case and accents, as whole words, and led back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.relevance.matching import LONGEST_WORD, Dictionary, fold


def words(text: str, *terms: str) -> list[str]:
    return [found.text for found in Dictionary(terms).find(text)]


@pytest.mark.parametrize(
    "text",
    ["un hôpital visé", "un HÔPITAL visé", "un hopital visé", "un ho\u0302pital visé", "l’hôpital"],
)
def test_case_and_accents_do_not_matter(text: str) -> None:
    assert len(words(text, "hôpital")) == 1


def test_typographic_apostrophes_and_dashes_are_plain_ones() -> None:
    assert words("Laboratoire d’analyses, micro‐scope", "laboratoire d'analyses", "micro-scope") == [
        "Laboratoire d’analyses",
        "micro‐scope",
    ]


def test_non_breaking_space_and_line_end_are_spaces_but_paragraphs_are_not() -> None:
    assert words("Philips\u00a0IntelliSpace", "Philips IntelliSpace") == ["Philips\u00a0IntelliSpace"]
    assert words("Philips\nIntelliSpace", "Philips IntelliSpace") == ["Philips\nIntelliSpace"]
    assert words("Philips\n\nIntelliSpace", "Philips IntelliSpace") == []


@pytest.mark.parametrize("text", ["les proches", "rocher", "Larochelle", "roche2"])
def test_part_of_a_word_is_not_found(text: str) -> None:
    assert words(text, "Roche") == []


def test_plural_is_found_whole() -> None:
    assert words("three infusion pumps", "infusion pump") == ["infusion pumps"]


def test_star_stands_for_the_rest_of_the_word() -> None:
    assert words("Das Universitätsklinikum Köln", "*klinik*") == ["Universitätsklinikum"]
    assert words("Das Universitätsklinikum Köln", "klinik*") == []


def test_short_capitals_are_found_in_capitals_only() -> None:
    assert words("le PACS de l'hôpital, un pacs à la mairie", "PACS") == ["PACS"]


def test_names_within_names_are_all_found() -> None:
    assert words(
        "Siemens Healthineers syngo", "Siemens Healthineers", "syngo", "Siemens Healthineers syngo"
    ) == [
        "Siemens Healthineers",
        "Siemens Healthineers syngo",
        "syngo",
    ]


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("ﬁn : hôpital", "hôpital"),  # one sign that folds to two, before the match
        ("e\u0301te\u0301, ho\u0302pital", "ho\u0302pital"),  # accents apart from their letters
        ("straße, hôpital", "hôpital"),
        ("hô\u00adpital", "hô\u00adpital"),  # a soft hyphen within
    ],
)
def test_span_is_of_the_original(text: str, there: str) -> None:
    (found,) = Dictionary(["hôpital"]).find(text)
    assert found.text == there == text[found.start : found.end]


def test_endless_word_is_left_after_a_bounded_look() -> None:
    (found,) = Dictionary(["klinik*"]).find("klinik" + "x" * 10 * LONGEST_WORD)
    assert len(found.text) == len("klinik") + LONGEST_WORD
    (found,) = Dictionary(["*klinik"]).find("x" * 10 * LONGEST_WORD + "klinik")
    assert len(found.text) == LONGEST_WORD + len("klinik")


def test_term_without_a_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="without a letter"):
        Dictionary(["*"])


@given(st.text())
def test_bytes_and_characters_are_folded_alike(text: str) -> None:
    beyond = "\u4e00"  # a sign that keeps the whole text from being folded as bytes
    assert fold(text + beyond) == fold(text) + beyond


def test_letter_that_only_looks_alike_is_another() -> None:
    assert words("syngo, s\u0443ngo", "syngo") == ["syngo"]  # a Cyrillic у


def test_sign_of_expressions_stands_for_itself() -> None:
    assert words("Zed! et C++ (x.y)", "Zed!", "C++", "x.y", "x") == ["Zed!", "C++", "x", "x.y"]
    assert words("Zed et xzy", "Zed!", "x.y") == []


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(
    st.lists(st.sampled_from(["hôpital", "PACS", "ﬁ", "½", "İ", "\u0301", "\u00ad", " ", "-", "clinique"]))
)
def test_every_span_holds_the_words_found(pieces: list[str]) -> None:
    text = "".join(pieces)
    for found in Dictionary(["hopital", "PACS", "1", "fi", "*clin*"]).find(text):
        assert 0 <= found.start < found.end <= len(text)
        assert found.text == text[found.start : found.end]
