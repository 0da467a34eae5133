"""The day's facts: what to do now, what is new, the last bulletins."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from publishing.cards import Card
from publishing.today import NEW, URGENT, today, urgent
from tests.publishing.editions import card

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
LISTED = date(2025, 7, 18)


def _card(name: str, days: float = 1, **fields: Any) -> Card:
    """Return a critical card of a product that hospitals have, changed so many days before the edition."""
    at = MADE_AT - timedelta(days=days)
    usual: dict[str, Any] = {"published_at": at, "changed_at": at, "level": "critique", "urgency": 80}
    return card(name, **(usual | fields))


def test_an_empty_archive_has_nothing_to_do() -> None:
    found = today([], MADE_AT)
    assert found.urgent == found.new == found.bulletins == ()
    assert found.week.new == 0


def test_what_was_withdrawn_is_nothing_to_do() -> None:
    found = today([_card(f"c{n}", 0.5, withdrawn=True, category="bulletin") for n in range(3)], MADE_AT)
    assert found.urgent == found.new == found.bulletins == ()


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, True),
        ({"level": "élevée"}, False),
        ({"level": "élevée", "exploited_on": LISTED}, True),
        ({"tier": "général", "exploited_on": LISTED}, False),
        ({"tier": "soin"}, True),
        ({"tier": "secteur"}, True),
        ({"level": ""}, False),
    ],
)
def test_urgent_is_critical_or_exploited_in_what_hospitals_have(fields: dict[str, Any], shown: bool) -> None:
    assert bool(urgent([_card("a", **fields)], MADE_AT)) is shown


@pytest.mark.parametrize(
    ("days", "shown"), [(14, True), (14.01, False), (0, True), (-0.9, True), (-1.1, False)]
)
def test_urgent_is_of_the_last_fourteen_days_and_no_farther_ahead_than_a_wrong_clock(
    days: float, shown: bool
) -> None:
    assert bool(urgent([_card("a", days)], MADE_AT)) is shown


def test_an_old_story_that_changed_is_urgent_again() -> None:
    changed = MADE_AT - timedelta(days=1)
    assert urgent([_card("a", 300, changed_at=changed)], MADE_AT)


def test_the_most_urgent_comes_first_then_the_newest() -> None:
    cards = [
        _card("older", 3),
        _card("newer", 2),
        _card("worse", 9, urgency=95),
        _card("both", 10, urgency=10, exploited_on=LISTED),
    ]
    names = [one.native_ids[0] for one in urgent(cards, MADE_AT)]
    assert names == ["both", "worse", "newer", "older"]


def test_a_clock_that_is_ahead_gains_no_place() -> None:
    ahead, just = _card("z", -0.5), _card("a", 0)
    assert [one.native_ids[0] for one in urgent([ahead, just], MADE_AT)] == ["a", "z"]


def test_no_more_is_shown_than_one_can_act_on() -> None:
    cards = [_card(f"c{n:02}", n / 40) for n in range(30)]
    found = today(cards, MADE_AT)
    assert (len(found.urgent), len(found.new)) == (URGENT, NEW)


def test_new_stories_nearest_to_care_come_first_and_tomorrow_is_not_new() -> None:
    cards = [_card("a", 0.1, tier="général"), _card("b", 0.9, tier="soin"), _card("c", -0.1), _card("d", 1)]
    assert [one.native_ids[0] for one in today(cards, MADE_AT).new] == ["b", "a"]


def test_the_last_five_bulletins_are_shown_newest_first() -> None:
    cards = [_card(f"b{n}", n, category="bulletin") for n in range(1, 8)]
    assert [one.native_ids[0] for one in today(cards, MADE_AT).bulletins] == ["b1", "b2", "b3", "b4", "b5"]


def test_the_order_of_the_cards_changes_nothing() -> None:
    cards = [_card(f"c{n}", n % 3, urgency=n % 2, category="bulletin") for n in range(20)]
    assert today(cards, MADE_AT) == today(cards[::-1], MADE_AT)
