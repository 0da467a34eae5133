"""What holds for every format, whatever stands in the values."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from records import (
    PAP,
    TLP,
    Entry,
    Marking,
    Observable,
    ObservableType,
    Withdrawal,
    WithdrawalReason,
)
from sharing.formats import Format, format_named, formats, text_of
from sharing.formats.lines import MAX_LABEL, MAX_LABELS, labels, rfc3339

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
FILES = [
    pytest.param(format_named(form), file, id=f"{form}-{file}")
    for form in formats()
    for file in sorted(format_named(form).files)[:12]  # formats of many files have them of the same sort
]

# Signs by which values break out of a line, a cell, a rule, a pattern, a shell.
_nasty = st.text(
    st.sampled_from("a1./:;,|=+-@'\"\\#{}[]<>()$`&!*%^~? \t\r\n\v\x00\x85\u2028\u202e\ud800é＝"), max_size=14
)
_known = st.sampled_from(
    [
        "evil.example",
        "xn--e1afmkfd.example",
        "EVIL.example.",
        "192.0.2.7",
        "::ffff:192.0.2.7",
        "010.0.0.1",
        "198.51.100.7/24",
        "2001:db8::/32",
        "https://user:pass@evil.example:8443/a?b=1#c",
        "https://evil.example/" + "a" * 8_000,
        "https://evil.example/;$(reboot)`id`",
        "44d88612fea8a8f36de82e1278abb02f",
        "44d8",
        '"; drop any any -> any any (msg:"x"; sid:1;)',
        "local-data: evil",
        "a.b, c # d",
    ]
)
_texts = st.one_of(_known, _nasty, st.text(max_size=20))
_instants = st.datetimes(datetime(1999, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
_seconds = _instants.map(lambda at: at.replace(microsecond=0))
hostile_rows = st.lists(
    st.builds(
        Entry,
        observable=st.builds(Observable, st.sampled_from(ObservableType), _texts),
        marking=st.builds(Marking, st.sampled_from(TLP), st.sampled_from(PAP)),
        confidence=st.integers(0, 100),
        sources=st.lists(_texts, min_size=1, max_size=2).map(tuple),
        labels=st.lists(_texts, max_size=3).map(tuple).map(labels),
        health=st.booleans(),
        valid_from=_seconds,
        valid_until=st.none() | _seconds,
        first_seen_at=st.none() | _seconds,
        last_seen_at=st.none() | _seconds,
        listed_at=_seconds,
        changed_at=_seconds,
        withdrawal=st.none() | st.builds(Withdrawal, _seconds, st.sampled_from(WithdrawalReason)),
    ),
    max_size=5,
    unique_by=lambda row: row.observable,
).map(lambda rows: sorted(rows, key=lambda row: row.observable))
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # shrinking 8 000 characters takes minutes
ANYTHING = settings(
    deadline=None, max_examples=60, phases=PHASES, suppress_health_check=[HealthCheck.too_slow]
)


def _of(form: Format, file: str, rows: Iterable[Entry]) -> list[Entry]:
    """Return the rows that a file is given."""
    return [row for row in rows if row.observable.type in form.files[file]]


def _body(form: Format, file: str, rows: Sequence[Entry]) -> str:
    return "".join(form.render(iter(rows), file))


def _bodies(form: Format, file: str, rows: Sequence[Entry]) -> list[str]:
    return [_body(form, file, [row]) for row in rows]


def test_every_module_of_the_package_is_a_format_or_said_not_to_be() -> None:
    assert {"csv_table", "edl", "ndjson", "stix21"} <= set(formats())


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        format_named("lines")


def test_no_two_formats_write_the_same_file() -> None:
    names = [name for one in formats() for name in format_named(one).files]
    names += [format_named(one).index_name for one in formats() if format_named(one).index_name]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("form", "file"), FILES)
@ANYTHING
@given(rows=hostile_rows)
def test_no_value_leaves_its_line(form: Format, file: str, rows: list[Entry]) -> None:
    text = "".join(text_of(form, file, _of(form, file, rows), MADE_AT))
    assert text.encode("utf-8").decode("utf-8") == text
    for line in text.split("\n"):
        assert line.removesuffix("\r").replace("\t", " ").isprintable()


@pytest.mark.parametrize(("form", "file"), FILES)
@ANYTHING
@given(rows=hostile_rows)
def test_what_one_row_says_is_not_changed_by_its_neighbours(
    form: Format, file: str, rows: list[Entry]
) -> None:
    mine = _of(form, file, rows)
    if not form.whole:
        assert _body(form, file, mine) == "".join(_bodies(form, file, mine))


@pytest.mark.parametrize(("form", "file"), FILES)
@ANYTHING
@given(rows=hostile_rows)
def test_count_reads_back_what_was_carried(form: Format, file: str, rows: list[Entry]) -> None:
    carried = [row for row in _of(form, file, rows) if form.carries(row, file)]
    standing = [row for row in carried if row.withdrawal is None]
    text = "".join(text_of(form, file, carried, MADE_AT))
    held = form.count(text.splitlines(keepends=True))
    assert held == len(standing) if not form.whole else held <= len(standing)


@pytest.mark.parametrize(("form", "file"), FILES)
@ANYTHING
@given(rows=hostile_rows)
def test_what_is_not_carried_leaves_no_trace(form: Format, file: str, rows: list[Entry]) -> None:
    mine = _of(form, file, rows)
    carried = [row for row in mine if form.carries(row, file)]
    assert _body(form, file, mine) == _body(form, file, carried)


@pytest.mark.parametrize(("form", "file"), FILES)
def test_a_withdrawn_entry_never_stands(form: Format, file: str, rows: tuple[Entry, ...]) -> None:
    gone = Withdrawal(MADE_AT, WithdrawalReason.EXPIRED)
    left = [replace(row, withdrawal=gone) for row in _of(form, file, rows)]
    text = "".join(text_of(form, file, left, MADE_AT))
    assert form.count(text.splitlines(keepends=True)) == 0
    if not form.withdraws:
        assert not any(form.carries(row, file) for row in left)


@pytest.mark.parametrize(("form", "file"), FILES)
def test_what_may_not_be_blocked_is_in_no_list_that_blocks(
    form: Format, file: str, rows: tuple[Entry, ...]
) -> None:
    watched = [replace(row, marking=Marking(TLP.CLEAR, PAP.AMBER)) for row in _of(form, file, rows)]
    if any(form.carries(row, file) for row in watched):
        assert form.name in {"csv_table", "misp", "ndjson", "openioc", "rsyslog", "siem", "stix21"}


@pytest.mark.parametrize(("form", "file"), FILES)
def test_the_same_rows_give_the_same_bytes(form: Format, file: str, rows: tuple[Entry, ...]) -> None:
    mine = _of(form, file, rows)
    assert _body(form, file, mine) == _body(form, file, list(mine))


@pytest.mark.parametrize(("form", "file"), FILES)
def test_rendering_is_lazy(form: Format, file: str, rows: tuple[Entry, ...]) -> None:
    taken: list[Entry] = []
    mine = _of(form, file, rows) * 2_000

    def watched() -> Iterable[Entry]:
        for row in mine:
            taken.append(row)
            yield row

    if not form.whole and form.most is None and any(form.carries(row, file) for row in mine[:11]):
        next(iter(form.render(watched(), file)))
        assert len(taken) < len(mine) / 2


def test_labels_are_bounded_cleaned_and_said_once() -> None:
    many = tuple(str(number) for number in range(MAX_LABELS * 2))
    found = labels(("a\nb", "a\u2028b", "\t", "x" * 1000, *many))
    assert found[:2] == ("a b", "x" * MAX_LABEL)
    assert len(found) <= MAX_LABELS


def test_instants_are_written_in_utc() -> None:
    at = datetime(2025, 7, 20, 20, 0, tzinfo=timezone(timedelta(hours=2)))
    assert rfc3339(at) == "2025-07-20T18:00:00Z"
