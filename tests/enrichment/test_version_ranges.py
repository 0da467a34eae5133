"""Sentences and expressions of versions are read as what they say, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.version_ranges import LONGEST, Range, product_and_ranges, ranges


@pytest.mark.parametrize(
    ("sentence", "product", "versions"),
    [
        ("FortiWeb versions 7.6.x antérieures à 7.6.4", "FortiWeb", [Range("7.6", "7.6.4", True, False)]),
        ("Pompe versions antérieures à V3.2 ;", "Pompe", [Range("", "3.2", True, False)]),
        ("Pompe versions antérieures ou égales à 3.2", "Pompe", [Range("", "3.2")]),
        ("Pompe versions supérieures ou égales à 3.2", "Pompe", [Range("3.2")]),
        ("Pompe version 3.2 et versions antérieures", "Pompe", [Range("", "3.2")]),
        ("Pompe versions V1.x et antérieures", "Pompe", [Range("", "1.x")]),
        ("Pompe versions 3.2 et suivantes", "Pompe", [Range("3.2")]),
        ("Pompe toutes versions avec module radio", "Pompe", [Range()]),
        ("Pompe toutes les versions", "Pompe", [Range()]),
        ("Pompe version 3.2", "Pompe", [Range("3.2", "3.2")]),
        ("Pompe versions 3.0 à 3.2 et 4.0 à 4.2", "Pompe", [Range("3.0", "3.2"), Range("4.0", "4.2")]),
        (
            "Pompe versions 8.6.x à 8.9.x antérieures à 8.9.4",
            "Pompe",
            [Range("8.6", "8.9.4", True, False)],
        ),
        (
            "Pompe versions 8.2.x et 8.3.x sans les derniers correctifs et versions 8.4.x antérieures à 8.4.1",
            "Pompe",
            [Range("8.2.x", "8.2.x"), Range("8.3.x", "8.3.x"), Range("8.4", "8.4.1", True, False)],
        ),
        (
            "Système 10 version 22H2 pour processeurs x64 versions antérieures à 10.0.19045.5965",
            "Système 10 version 22H2 pour processeurs x64",
            [Range("", "10.0.19045.5965", True, False)],
        ),
        (
            "Pompe versions 5.0.x antérieures à 5.0.3 pour Linux",
            "Pompe",
            [Range("5.0", "5.0.3", True, False)],
        ),
        ("Pompe versions 4.1 antérieures à Update 2", "Pompe", [Range("4.1", "4.1 Update 2", True, False)]),
        ("Pompe 5.x sans le dernier correctif de sécurité", "Pompe", [Range("5.x", "5.x")]),
        ("Pump versions 3.0 through 3.2", "Pump", [Range("3.0", "3.2")]),
        ("Pump prior to 4.2", "Pump", [Range("", "4.2", True, False)]),
        ("Pump version 4.2 and prior", "Pump", [Range("", "4.2")]),
        ("Pump version 4.2 or later", "Pump", [Range("4.2")]),
        ("Pump all versions before 3", "Pump", [Range("", "3", True, False)]),
    ],
)
def test_a_sentence_is_split_into_product_and_ranges(
    sentence: str, product: str, versions: list[Range]
) -> None:
    assert product_and_ranges(sentence) == (product, tuple(versions))


@pytest.mark.parametrize(
    ("expression", "versions"),
    [
        ("< V2.1", [Range("", "2.1", True, False)]),
        ("<=9.0", [Range("", "9.0")]),
        (">= V8.7.0 and < V8.7.1.3", [Range("8.7.0", "8.7.1.3", True, False)]),
        (">=13.4.1|<=13.4.2", [Range("13.4.1", "13.4.2")]),
        ("> 6.8.6 | < 6.9.2 CU01", [Range("6.8.6", "6.9.2 CU01", False, False)]),
        (
            "vers:generic/>=1.0|<2.0|>=3.0|<4.0",
            [Range("1.0", "2.0", True, False), Range("3.0", "4.0", True, False)],
        ),
        ("vers:all/*", [Range()]),
        ("All versions < SE2020MP13", [Range("", "SE2020MP13", True, False)]),
        ("<=F", [Range("", "F")]),
        (">= 19.03.0, <= 19.03.15", [Range("19.03.0", "19.03.15")]),
        ("v5.027", [Range("5.027", "5.027")]),
        ("= 27.1.0", [Range("27.1.0", "27.1.0")]),
        ("7.2.*", [Range("7.2.x", "7.2.x")]),
    ],
)
def test_an_expression_is_read(expression: str, versions: list[Range]) -> None:
    assert ranges(expression) == tuple(versions)


@pytest.mark.parametrize(
    "clause",
    [
        "",
        "RaspberryPi",
        "SCADA Web Server",
        "versions antérieures à 7.4.3 et 7.2.9",  # of which branch is 7.2.9?
        "versions antérieures à OMS Agent GA v1.19.0",
        "versions SAP_BASIS 700, SAP_BASIS 701",
        "distributed < april 1, 2018",
        "versions 7.0 and < 8",
        ">=",
        "versions",
        "1.0 to",
        "№ 5",
    ],
)
def test_what_is_not_of_the_grammar_is_not_guessed(clause: str) -> None:
    assert ranges(clause) == ()
    assert product_and_ranges(f"Pompe {clause}")[1] == ()


def test_a_sentence_of_which_only_the_end_is_read_stays_whole() -> None:
    sentence = "Pompe versions 8.5 antérieures à 8.5.11 avec Java 8 ou antérieures à 8.5.29"
    assert product_and_ranges(sentence) == (sentence, ())


def test_an_endless_clause_is_not_read() -> None:
    assert ranges("1.0, " * LONGEST) == ()
    assert product_and_ranges("version " * 20_000)[1] == ()


@given(st.text(max_size=200))
def test_any_text_is_read_or_not_but_never_breaks(text: str) -> None:
    product, versions = product_and_ranges(text)
    assert all(one.low or one.high or one == Range() for one in versions)
    assert bool(product) or not versions


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts))))
def test_any_number_before_which_versions_lie_is_kept_as_written(version: str) -> None:
    assert ranges(f"versions antérieures à {version}") == (Range("", version, True, False),)
