"""An indicator lasts as long as its type, its confidence and what is seen of it say, and no longer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.ageing import Ageing, lifetime, policy, shipped_policy
from records import TLP, Indicator, Marking, Observable, ObservableType, Provenance, Sighting

READ_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
POLICY = {(kind, ""): Ageing(10, 25) for kind in ObservableType}
ADDRESS = Indicator(
    id="1",
    source_id="example",
    native_id="1",
    observable=Observable(ObservableType.IPV4, "192.0.2.1"),
    marking=Marking(TLP.CLEAR),
    provenance=Provenance("example", "https://example.org/", "0" * 64, READ_AT),
    confidence=100,
    last_seen_at=READ_AT,
)
DAYS = st.integers(-400, 400)
SIGHTINGS = st.lists(st.tuples(DAYS, DAYS, st.booleans()), max_size=5)


def days(count: float) -> datetime:
    return READ_AT + timedelta(days=count)


def sighting(seen: datetime | None, read: datetime, *, false_positive: bool = False) -> Sighting:
    return Sighting(
        id="2",
        source_id="other",
        native_id="2",
        indicator_id="1",
        provenance=Provenance("other", "https://example.org/", "0" * 64, read),
        marking=Marking(TLP.CLEAR),
        last_seen_at=seen,
        false_positive=false_positive,
    )


def test_confidence_halves_with_every_half_life_until_the_floor() -> None:
    life = lifetime(ADDRESS, [], POLICY)
    assert [life.confidence_at(days(age)) for age in (-1, 0, 5, 10, 19.999)] == [0, 100, 71, 50, 25]
    assert life.valid_until == days(20)
    assert life.confidence_at(days(20)) == 0
    assert "type ipv4-addr diminue de moitié en 10\u00a0jours" in life.reasons[0].french


def test_it_may_be_acted_on_since_it_was_first_seen() -> None:
    life = lifetime(replace(ADDRESS, first_seen_at=days(-30)), [], POLICY)
    assert [life.confidence_at(days(age)) for age in (-31, -30, 0)] == [0, 100, 100]


def test_less_confidence_lasts_less_long() -> None:
    assert lifetime(replace(ADDRESS, confidence=50), [], POLICY).valid_until == days(10)
    assert not lifetime(replace(ADDRESS, confidence=25), [], POLICY).is_valid_at(READ_AT)
    assert not lifetime(replace(ADDRESS, confidence=0), [], POLICY).is_valid_at(READ_AT)


def test_a_row_for_a_source_holds_for_that_source_only() -> None:
    own = {**POLICY, (ObservableType.IPV4, "example"): Ageing(5, 25)}
    assert lifetime(ADDRESS, [], own).valid_until == days(10)
    assert lifetime(replace(ADDRESS, source_id="other"), [], own).valid_until == days(20)


def test_a_sighting_starts_the_curve_anew_and_says_so() -> None:
    life = lifetime(ADDRESS, [sighting(days(15), days(16))], POLICY)
    assert life.valid_until == days(35)
    assert life.confidence_at(days(25)) == 50
    assert [reason.code for reason in life.reasons] == ["half_life", "sighting"]


def test_nothing_was_seen_after_it_was_read() -> None:
    far = datetime(9999, 12, 31, tzinfo=UTC)
    assert lifetime(replace(ADDRESS, last_seen_at=far), [], POLICY).valid_until == days(20)
    assert lifetime(ADDRESS, [sighting(far, days(3))], POLICY).valid_until == days(23)


def test_an_indicator_without_dates_ages_from_when_it_was_read() -> None:
    assert lifetime(replace(ADDRESS, last_seen_at=None), [], POLICY).valid_until == days(20)


def test_ageing_begins_no_sooner_than_validity() -> None:
    life = lifetime(replace(ADDRESS, valid_from=days(4)), [], POLICY)
    assert (life.valid_until, life.confidence_at(days(3)), life.confidence_at(days(4))) == (days(24), 0, 100)
    at_the_end = replace(ADDRESS, valid_from=datetime(9999, 12, 31, tzinfo=UTC))
    assert not lifetime(at_the_end, [], POLICY).is_valid_at(days(5))


def test_the_publishers_own_end_wins_where_it_is_earlier() -> None:
    life = lifetime(replace(ADDRESS, valid_until=days(3)), [sighting(days(2), days(2))], POLICY)
    assert life.valid_until == days(3)
    assert [reason.code for reason in life.reasons] == ["half_life", "sighting", "publisher_end"]
    assert lifetime(replace(ADDRESS, valid_until=days(90)), [], POLICY).valid_until == days(20)


def test_a_false_positive_withdraws_and_no_sighting_revives() -> None:
    reports = [sighting(None, days(2), false_positive=True), sighting(days(4), days(4))]
    life = lifetime(ADDRESS, reports, POLICY)
    assert (life.withdrawn_at, life.valid_until) == (days(2), days(2))
    assert life.confidence_at(days(5)) == 0
    assert life.reasons[-1].french == "Signalée comme faux positif le 22/07/2025"


@given(SIGHTINGS, DAYS, st.integers(0, 100), st.one_of(st.none(), DAYS), st.one_of(st.none(), DAYS))
def test_an_end_is_never_later_than_the_publishers_and_never_earlier_for_a_sighting(
    seen: list[tuple[int, int, bool]], last: int, confidence: int, start: int | None, end: int | None
) -> None:
    one = replace(
        ADDRESS,
        confidence=confidence,
        last_seen_at=days(last),
        valid_from=None if start is None else days(start),
        valid_until=None if end is None else days(end),
    )
    sightings = [sighting(days(at), days(read), false_positive=false) for at, read, false in seen]
    without, life = lifetime(one, [], POLICY), lifetime(one, sightings, POLICY)
    assert one.valid_until is None or life.valid_until <= one.valid_until
    true_only = lifetime(one, [each for each in sightings if not each.false_positive], POLICY)
    assert without.valid_until <= true_only.valid_until
    assert life.valid_until <= true_only.valid_until
    assert lifetime(one, sightings[::-1], POLICY) == life


@given(st.integers(0, 100), st.one_of(st.none(), DAYS), DAYS)
def test_the_interval_is_half_open_and_confidence_never_rises_in_it(
    confidence: int, start: int | None, last: int
) -> None:
    begin = None if start is None else days(start)
    life = lifetime(
        replace(ADDRESS, confidence=confidence, valid_from=begin, last_seen_at=days(last)), [], POLICY
    )
    assert not life.is_valid_at(life.valid_until)
    assert life.confidence_at(life.valid_until) == 0
    if begin is not None and begin < life.valid_until:
        assert life.is_valid_at(begin)
    left = [life.confidence_at(life.valid_until - timedelta(days=back)) for back in range(1, 40)]
    valid = [value for value in left if value]
    assert valid == sorted(valid)
    assert all(25 <= value <= confidence for value in valid)


def test_the_shipped_table_has_every_type_and_lets_addresses_go_first() -> None:
    shipped = shipped_policy()
    half_lives = {kind: shipped[kind, ""].half_life_days for kind in ObservableType}
    assert half_lives[ObservableType.IPV4] < half_lives[ObservableType.DOMAIN]
    assert half_lives[ObservableType.DOMAIN] < half_lives[ObservableType.SHA256]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"type": "ipv5-addr"}, "half_lives.csv:2: 'ipv5-addr' is not a valid ObservableType"),
        ({"half_life_days": "long"}, "half_lives.csv:2: could not convert string to float: 'long'"),
        ({"half_life_days": "nan"}, "half_lives.csv:2: a half-life is 0 to 36500 days, a floor 1 to 100"),
        ({"floor": "0"}, "half_lives.csv:2: a half-life is 0 to 36500 days, a floor 1 to 100"),
        ({}, "half_lives.csv: no row without a source for ipv6-addr, ipv4-net"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(row: dict[str, str], said: str) -> None:
    full = {"type": "ipv4-addr", "source": "", "half_life_days": "14", "floor": "30"} | row
    with pytest.raises(ValueError) as refused:
        policy([full], "half_lives.csv")
    assert str(refused.value).startswith(said)


def test_a_row_that_stands_twice_is_refused() -> None:
    row = {"type": "url", "source": "", "half_life_days": "14", "floor": "30"}
    with pytest.raises(ValueError, match=r"half_lives\.csv:3: url has a row already"):
        policy([row, row], "half_lives.csv")
