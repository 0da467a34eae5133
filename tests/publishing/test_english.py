import inspect
from datetime import UTC, date, datetime, timedelta, timezone
from types import ModuleType

import pytest

from publishing import english, french
from records import TLP, Category, Level, ObservableType, Tier


def _functions(module: ModuleType) -> dict[str, object]:
    return {
        name: inspect.signature(value)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def _tables(module: ModuleType) -> dict[str, object]:
    return {
        name: value for name, value in vars(module).items() if name.isupper() and name not in ("UTC", "TLP")
    }


def test_both_languages_offer_the_same_functions() -> None:
    assert _functions(english) == _functions(french)


def test_both_languages_have_words_for_the_same_things() -> None:
    ours, theirs = _tables(english), _tables(french)
    assert ours.keys() == theirs.keys()
    for name in ours.keys() - {"LANGUAGES"}:  # each names the languages that its readers find foreign
        mine, other = ours[name], theirs[name]
        assert type(mine) is type(other)
        if isinstance(mine, dict) and isinstance(other, dict):
            assert list(mine) == list(other), name
    assert set(english.LANGUAGES) ^ set(french.LANGUAGES) == {"en", "fr"}


def test_every_word_of_ours_has_its_label() -> None:
    assert set(english.CATEGORIES) == set(Category)
    assert set(english.TIERS) == set(english.TIER_MEANINGS) == set(Tier)
    assert set(english.LEVELS) == set(Level)
    assert set(english.OBSERVABLES) == {str(kind) for kind in ObservableType}
    assert set(english.AUDIENCES) == set(TLP)


def test_signs_and_style_names_are_the_same_in_both() -> None:
    assert english.LEVEL_NAMES == french.LEVEL_NAMES
    assert [sign for sign, _ in english.STATES.values()] == [sign for sign, _ in french.STATES.values()]


def test_dates_are_written_out_and_read_in_utc() -> None:
    assert english.day(date(2025, 7, 18)) == "18\u00a0July\u00a02025"
    late = datetime(2025, 7, 18, 1, 5, tzinfo=timezone(timedelta(hours=2)))
    assert english.day(late) == "17\u00a0July\u00a02025"
    assert english.instant(late) == "17\u00a0July\u00a02025 at 23:05 (UTC)"
    assert english.instant(datetime(2025, 7, 18, 8, 5, tzinfo=UTC)).endswith("at 08:05 (UTC)")
    assert english.month(2025, 12) == "December 2025"


def test_numbers_have_points_and_commas() -> None:
    assert english.integer(1924) == "1,924"
    assert english.decimal(9.84) == "9.8"
    assert english.percent(0.9342) == "93.4%"
    assert english.percent(0.00001) == "<0.1%"
    assert english.percent(0) == "0.0%"


@pytest.mark.parametrize(
    ("number", "plural", "said"),
    [
        (0, "", "0\u00a0notices"),
        (1, "", "1\u00a0notice"),
        (1924, "", "1,924\u00a0notices"),
        (2, "notice", "2\u00a0notices"),
        (2, "pieces of news", "2\u00a0pieces of news"),
    ],
)
def test_only_one_is_singular(number: int, plural: str, said: str) -> None:
    assert english.count(number, "notice", plural) == said


def test_a_foreign_language_is_named_and_english_is_not() -> None:
    assert english.language("fr-FR") == "in French"
    assert english.language("en") == english.language("xx") == ""


def test_versions_that_are_all_or_unknown_are_said_in_words() -> None:
    assert [english.versions(text) for text in ("", "vers:all/*", "< 2")] == [
        "not stated",
        "all versions",
        "< 2",
    ]
