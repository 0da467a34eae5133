from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from publishing import french
from records import TLP, Category, ObservableType, Tier


def test_dates_are_written_out_and_read_in_utc() -> None:
    assert french.day(date(2025, 7, 18)) == "18\u00a0juillet\u00a02025"
    assert french.day(date(2025, 8, 1)) == "1er\u00a0août\u00a02025"
    late = datetime(2025, 7, 18, 1, 5, tzinfo=timezone(timedelta(hours=2)))
    assert french.instant(late) == "17\u00a0juillet\u00a02025 à 23\u00a0h\u00a005 (UTC)"
    assert french.instant(datetime(2025, 2, 1, tzinfo=UTC)).startswith("1er\u00a0février")


def test_numbers_have_commas_and_thin_spaces() -> None:
    assert french.integer(1924) == "1\u202f924"
    assert french.decimal(9.8) == "9,8"
    assert french.percent(0.9342) == "93,4\u00a0%"
    assert french.percent(0.00001) == "<\u00a00,1\u00a0%"
    assert french.percent(0) == "0,0\u00a0%"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0\u00a0avis reçu"), (1, "1\u00a0avis reçu"), (2, "2\u00a0avis reçus")]
)
def test_below_two_is_singular(number: int, said: str) -> None:
    assert french.count(number, "avis reçu", "avis reçus") == said


def test_every_word_of_ours_has_its_label() -> None:
    assert set(french.CATEGORIES) == set(Category)
    assert set(french.TIERS) == set(french.TIER_MEANINGS) == set(Tier)
    assert set(french.OBSERVABLES) == {str(kind) for kind in ObservableType}
    assert set(french.AUDIENCES) == set(TLP)
