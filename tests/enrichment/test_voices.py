"""Confidence grows with independent voices only, and every point has its factor."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enrichment.voices import CAP, Statement, combined
from records import Source

VOICES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "one", "two"]), st.integers(0, 100)).map(
        lambda said: statement(said[0] + said[1], said[1], said[2])
    ),
    max_size=7,
)


def statement(name: str, group: str, confidence: int) -> Statement:
    source = Source(id=name, name=name.title(), kind="rss", url="https://example.org/", group=group)
    return Statement(source, confidence)


def test_one_voice_is_worth_what_it_says() -> None:
    assert combined([statement("a", "", 70)]).value == 70
    assert combined([]).value == 0


def test_independent_voices_take_away_doubt() -> None:
    said = [statement("a", "one", 70), statement("b", "two", 50), statement("c", "", 50)]
    assert [combined(said[:count]).value for count in (1, 2, 3)] == [70, 77, 83]


def test_a_group_speaks_with_one_voice() -> None:
    said = combined([statement("a", "one", 70), statement("b", "one", 60), statement("c", "", 50)])
    assert said.value == 77
    assert [(factor.code, factor.weight) for factor in said.factors] == [
        ("surest_voice", 70),
        ("independent_voice", 7),
        ("same_group", 0),
    ]
    assert said.factors[2].french == "N’ajoute rien\u00a0: B, du même groupe que A"


def test_a_source_without_group_is_no_member_of_a_group_of_its_name() -> None:
    assert combined([statement("a", "", 70), statement("b", "a", 50)]).value == 77


def test_several_statements_of_one_source_are_one_voice_without_an_echo() -> None:
    said = combined([statement("a", "", 70), statement("a", "", 60)])
    assert (said.value, len(said.factors)) == (70, 1)


def test_no_number_of_voices_makes_certainty() -> None:
    assert combined([statement(f"s{n}", "", 90) for n in range(20)]).value == CAP
    assert combined([statement("a", "", 100)]).value == CAP


@given(VOICES, st.randoms())
def test_order_does_not_matter(said: list[Statement], chance: Random) -> None:
    mixed = list(said)
    chance.shuffle(mixed)
    assert combined(mixed) == combined(said)


@given(VOICES, st.integers(0, 100))
def test_an_echo_never_raises(said: list[Statement], confidence: int) -> None:
    loudest = max((one.confidence for one in said if one.source.group == "one"), default=0)
    echo = statement("z", "one", min(confidence, loudest))
    assert combined([*said, echo]).value == combined(said).value or not loudest


@given(VOICES, st.integers(0, 100))
def test_another_voice_never_lowers(said: list[Statement], confidence: int) -> None:
    assert combined([*said, statement("z", "three", confidence)]).value >= combined(said).value


@given(VOICES)
def test_factors_add_up_and_the_cap_holds(said: list[Statement]) -> None:
    whole = combined(said)
    assert sum(factor.weight for factor in whole.factors) == whole.value
    assert min(CAP, max((one.confidence for one in said), default=0)) <= whole.value <= CAP
