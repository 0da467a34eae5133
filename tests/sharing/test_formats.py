"""What holds for every format, whatever stands in the values."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import PAP, TLP, ListedIndicator, Marking, Observable, ObservableType
from sharing.formats import Format, format_named, formats
from sharing.formats.lines import MAX_LABEL, MAX_LABELS, labels, rfc3339

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
FORMATS = [pytest.param(format_named(name), id=name) for name in formats()]

_nasty = st.text(
    st.sampled_from("a1./:;,|=+-@'\"\\#{}[]<> \t\r\n\v\x00\x85\u2028\u202e\ud800é＝"), max_size=12
)
_texts = st.one_of(_nasty, st.text(max_size=20))
_instants = st.none() | st.datetimes(datetime(1999, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
hostile_rows = st.lists(
    st.builds(
        ListedIndicator,
        observable=st.builds(Observable, st.sampled_from(ObservableType), _texts),
        marking=st.builds(Marking, st.sampled_from(TLP), st.sampled_from(PAP)),
        confidence=st.integers(0, 100),
        sources=st.lists(_texts, max_size=2).map(tuple),
        labels=st.lists(_texts, max_size=3).map(tuple),
        valid_from=_instants,
        valid_until=_instants,
        first_seen_at=_instants,
        last_seen_at=_instants,
    ),
    max_size=5,
)


def _render(module: Format, rows: Iterable[ListedIndicator]) -> str:
    return "".join(module.render(rows, made_at=MADE_AT))


def test_the_formats_are_found_by_their_file_names() -> None:
    assert formats() == ("csv_table", "edl", "stix21")


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        format_named("lines")


def test_no_two_formats_write_the_same_file() -> None:
    names = [name for format_name in formats() for name in format_named(format_name).FILES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", FORMATS)
def test_every_type_of_observable_is_carried(module: Format) -> None:
    assert frozenset().union(*module.FILES.values()) == frozenset(ObservableType)


@pytest.mark.parametrize("module", FORMATS)
@settings(deadline=None)
@given(rows=hostile_rows)
def test_hostile_values_are_left_out_or_stay_on_their_line(
    module: Format, rows: list[ListedIndicator]
) -> None:
    carried = [row for row in rows if module.carries(row)]
    text = _render(module, rows)
    frame = _render(module, []).splitlines()
    lines = [line for line in text.splitlines() if '"type":"marking-definition"' not in line]
    assert len(lines) == len(frame) + len(carried)
    assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize("module", FORMATS)
@settings(deadline=None)
@given(rows=hostile_rows)
def test_count_reads_back_what_was_carried(module: Format, rows: list[ListedIndicator]) -> None:
    text = _render(module, rows)
    assert module.count(text.splitlines(keepends=True)) == sum(map(module.carries, rows))


@pytest.mark.parametrize("module", FORMATS)
def test_the_same_rows_give_the_same_bytes(module: Format, rows: tuple[ListedIndicator, ...]) -> None:
    assert _render(module, iter(rows)) == _render(module, list(rows))


@pytest.mark.parametrize("module", FORMATS)
def test_a_later_release_of_the_day_gives_the_same_bytes(
    module: Format, rows: tuple[ListedIndicator, ...]
) -> None:
    later = "".join(module.render(rows, made_at=MADE_AT + timedelta(hours=5)))
    assert later == _render(module, rows)


@pytest.mark.parametrize("module", FORMATS)
def test_rendering_is_lazy(module: Format, rows: tuple[ListedIndicator, ...]) -> None:
    taken: list[ListedIndicator] = []

    def watched() -> Iterable[ListedIndicator]:
        for row in rows * 500:
            taken.append(row)
            yield row

    next(iter(module.render(watched(), made_at=MADE_AT)))
    assert len(taken) < 500 * len(rows) / 2


def test_labels_are_bounded_cleaned_and_said_once() -> None:
    many = tuple(str(number) for number in range(MAX_LABELS * 2))
    found = labels(("a\nb", "a\u2028b", "\t", "x" * 1000, *many))
    assert found[:2] == ("a b", "x" * MAX_LABEL)
    assert len(found) <= MAX_LABELS


def test_instants_are_written_in_utc() -> None:
    at = datetime(2025, 7, 20, 20, 0, tzinfo=timezone(timedelta(hours=2)))
    assert rfc3339(at) == "2025-07-20T18:00:00Z"
