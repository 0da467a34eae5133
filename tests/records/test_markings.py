"""Markings are read in every spelling, and never downwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import PAP, TLP, Marking, parse_pap, parse_tags, parse_tlp


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("TLP:CLEAR", TLP.CLEAR),
        ("tlp:white", TLP.CLEAR),
        ("WHITE", TLP.CLEAR),
        ("green", TLP.GREEN),
        (" TLP: AMBER ", TLP.AMBER),
        ("tlp:amber+strict", TLP.AMBER_STRICT),
        ("TLP:AMBER-STRICT", TLP.AMBER_STRICT),
        ("amber_strict", TLP.AMBER_STRICT),
        ("red", TLP.RED),
        ("tlp:ex:chr", TLP.RED),
        ("unmarked", TLP.RED),
        ("", TLP.RED),
    ],
)
def test_tlp_is_read(text: str, level: TLP) -> None:
    assert parse_tlp(text) is level


@pytest.mark.parametrize(
    ("text", "level"), [("PAP:GREEN", PAP.GREEN), ("white", PAP.CLEAR), ("clear", PAP.CLEAR), ("?", PAP.RED)]
)
def test_pap_is_read(text: str, level: PAP) -> None:
    assert parse_pap(text) is level


@pytest.mark.parametrize(
    ("tags", "marking"),
    [
        ([], Marking(TLP.GREEN)),
        (["tlp:clear"], Marking(TLP.GREEN)),  # the source's own least marking holds
        (["tlp:amber", "tlp:clear"], Marking(TLP.AMBER)),
        (['cert-fr:TLP="clear"', 'cert-fr:PAP="amber"'], Marking(TLP.GREEN, PAP.AMBER)),
        (["PAP:RED", "type:OSINT"], Marking(TLP.GREEN, PAP.RED)),
        (["tlp:ex:chr"], Marking(TLP.RED)),
        (['misp-galaxy:sector="Health"'], Marking(TLP.GREEN)),
    ],
)
def test_strictest_of_all_that_is_said_holds(tags: list[str], marking: Marking) -> None:
    assert parse_tags(tags, least=Marking(TLP.GREEN)) == marking


@given(st.lists(st.text()), st.sampled_from(TLP), st.sampled_from(PAP))
def test_no_tag_ever_opens_a_marking(tags: list[str], tlp: TLP, pap: PAP) -> None:
    marking = parse_tags(tags, least=Marking(tlp, pap))
    assert marking.tlp >= tlp and marking.pap >= pap


@given(st.sampled_from(TLP))
def test_labels_come_back(level: TLP) -> None:
    assert parse_tlp(level.label) is level
    assert parse_tlp(f"tlp:{level.label.lower()}") is level
