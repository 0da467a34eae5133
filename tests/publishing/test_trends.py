"""What is counted over time is what the definitions say, at the edges too."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from publishing.cards import Card
from publishing.layout import Site, Writer
from publishing.trends import Delay, delay, exploited_months, figures, files, leaders, months, since, weeks
from tests.conftest import ROOT
from tests.publishing.editions import card

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)  # a Sunday


def _card(name: str, hours: float, **fields: Any) -> Card:
    """Return a card published so many hours before the edition."""
    at = MADE_AT - timedelta(hours=hours)
    return card(name, **({"published_at": at, "changed_at": at} | fields))


def test_new_stories_are_those_of_the_window_and_compared_with_the_one_before() -> None:
    cards = [_card("a", 1), _card("b", 23.9), _card("c", 24), _card("d", 47.9), _card("e", 48)]
    found = since(cards, MADE_AT, 1)
    assert (found.new, found.before) == (2, 2)


def test_an_update_is_of_a_story_published_earlier() -> None:
    changed = MADE_AT - timedelta(minutes=5)
    cards = [_card("a", 100, changed_at=changed), _card("b", 1, changed_at=changed), _card("c", 100)]
    found = since(cards, MADE_AT, 1)
    assert (found.new, found.updated) == (1, 1)


def test_what_is_withdrawn_or_dated_after_the_edition_does_not_count() -> None:
    cards = [_card("a", 1, withdrawn=True), _card("b", -1), _card("c", 50, changed_at=MADE_AT + timedelta(1))]
    found = since(cards, MADE_AT, 1)
    assert (found.new, found.updated) == (0, 0)
    assert not any(sum(counts) for counts in months(cards[:2], MADE_AT).counts.values())


def test_new_stories_are_divided_by_tier_and_level() -> None:
    cards = [_card("a", 1, tier="soin", level="critique"), _card("b", 2, tier="général", level="")]
    found = since(cards, MADE_AT, 7)
    assert (found.by_tier["soin"], found.by_tier["général"], found.by_tier["socle"]) == (1, 1, 0)
    assert sum(found.by_level.values()) == 1


def test_months_are_those_of_utc_and_the_running_one_is_last() -> None:
    late = datetime.fromisoformat("2025-07-01T01:30:00+02:00")  # still June in UTC
    course = months([_card("a", 1), card("b", published_at=late, tier="soin")], MADE_AT)
    assert (course.starts[0], course.starts[-1], len(course.starts)) == (
        date(2023, 8, 1),
        date(2025, 7, 1),
        24,
    )
    assert course.counts["socle"][-1] == 1
    assert course.counts["soin"][-2:] == (1, 0)


def test_months_before_the_first_are_left_out() -> None:
    assert (
        sum(months([card("a", published_at=datetime(2023, 7, 31, tzinfo=UTC))], MADE_AT).counts["socle"]) == 0
    )


def test_weeks_begin_on_monday() -> None:
    sunday, monday = datetime(2025, 7, 13, 23, tzinfo=UTC), datetime(2025, 7, 14, 0, tzinfo=UTC)
    course = weeks(
        [card("a", published_at=sunday, level="élevée"), card("b", published_at=monday, level="élevée")],
        MADE_AT,
    )
    assert course.starts[-1] == date(2025, 7, 14)
    assert course.counts["élevée"][-2:] == (1, 1)
    assert "information" not in course.counts


def test_exploited_stories_stand_in_the_month_of_their_listing() -> None:
    cards = [
        _card("a", 2000, exploited_on=date(2025, 7, 1)),
        _card("b", 2000, exploited_on=date(2025, 6, 30), tier="général"),
        _card("c", 2000, exploited_on=date(2025, 7, 21)),  # tomorrow
        _card("d", 2000),
    ]
    course = exploited_months(cards, MADE_AT)
    assert course.counts["hôpital"][-2:] == (0, 1)
    assert course.counts["autre"][-2:] == (1, 0)


def test_leaders_count_a_story_once_for_each_of_its_names_and_break_ties_by_name() -> None:
    cards = [
        _card("a", 1, vendors=("Zorg", "Zorg", "Abel")),
        _card("b", 2, vendors=("Abel",)),
        _card("c", 3, vendors=("Zorg",)),
        _card("d", 91 * 24, vendors=("Ancien",)),
    ]
    assert leaders(cards, MADE_AT, lambda one: one.vendors) == (("Abel", 2), ("Zorg", 2))


def test_no_more_than_ten_lead() -> None:
    cards = [_card(f"c{n}", 1, vendors=(f"v{n:02}",)) for n in range(15)]
    assert len(leaders(cards, MADE_AT, lambda one: one.vendors)) == 10


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ([], Delay(0, 0, None)),
        ([0, -3], Delay(2, 2, None)),
        ([10], Delay(1, 0, 10)),
        ([10, 20, 0], Delay(3, 1, 15)),
    ],
)
def test_the_delay_is_the_median_of_those_that_waited(waits: list[int], expected: Delay) -> None:
    cards = [
        _card(f"c{n}", 24 * 60, exploited_on=(MADE_AT - timedelta(days=60 - wait)).date())
        for n, wait in enumerate(waits)
    ]
    assert delay(cards, MADE_AT) == expected


def test_the_order_of_the_cards_changes_nothing() -> None:
    cards = [_card(f"c{n}", n * 7, vendors=(f"v{n % 4}",), families=("réseau",)) for n in range(60)]
    assert files(cards, MADE_AT) == files(cards[::-1], MADE_AT)


def test_figures_of_an_empty_archive_are_drawn_or_said_to_be_empty() -> None:
    writer = Writer(Site("Vigie", "https://vigie.example/", ROOT / "site"), "fr")
    drawn = figures(writer, [], MADE_AT)
    assert [bool(one.chart) for one in drawn] == [True, True, True, False, False]
    html = writer.fill("observatoire-figures.html", "", figures=drawn)
    assert html.count("Aucune donnée pour cette période.") == 2


def test_every_figure_names_a_file_that_is_published() -> None:
    writer = Writer(Site("Vigie", "https://vigie.example/", ROOT / "site"), "fr")
    cards = [_card("a", 1, vendors=("Abel",), families=("réseau",))]
    assert {one.csv for one in figures(writer, cards, MADE_AT)} == set(files(cards, MADE_AT))
