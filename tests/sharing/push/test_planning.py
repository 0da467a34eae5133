"""What a target is told follows from what it holds and what was released."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import PAP, TLP, Entry, Marking, Observable, ObservableType, Withdrawal, WithdrawalReason
from sharing.formats.ndjson import line_of
from sharing.push.planning import Change, View, from_deltas, from_snapshot
from sharing.push.targets import Target

AT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
TARGET = Target(name="t", kind="webhook", url="https://example.org/", tlp=TLP.GREEN)


def entry(value: str, tlp: TLP = TLP.CLEAR, confidence: int = 75) -> Entry:
    return Entry(
        observable=Observable(ObservableType.DOMAIN, value),
        marking=Marking(tlp),
        confidence=confidence,
        sources=("certfr",),
        valid_from=AT,
        listed_at=AT,
        changed_at=AT,
    )


def gone(row: Entry, reason: WithdrawalReason = WithdrawalReason.FALSE_POSITIVE) -> Entry:
    return replace(row, withdrawal=Withdrawal(AT, reason))


def view(target: Target = TARGET, *rows: Entry) -> View:
    """Return the view of a target that holds some rows, whatever its filters say of them."""
    open_to_all = View(Target(name="t", kind="webhook", url="", tlp=TLP.AMBER_STRICT), {}, AT)
    held = from_snapshot(open_to_all, lambda: map(line_of, rows))
    return View(target, {one.key: one.text for one in held}, AT)


def told(changes: Sequence[Change]) -> list[tuple[str, str]]:
    return [(one.kind, one.entry.observable.value) for one in changes]


def test_what_leaves_is_told_first() -> None:
    seen = view(TARGET, entry("a.example"), entry("b.example"))
    lines = [
        line_of(row)
        for row in (entry("c.example"), entry("a.example", confidence=80), gone(entry("b.example")))
    ]
    changes = list(from_deltas(seen, lines))
    assert told(changes) == [("removed", "b.example"), ("added", "c.example"), ("changed", "a.example")]
    assert changes[0].entry.withdrawal == Withdrawal(AT, WithdrawalReason.FALSE_POSITIVE)


def test_a_delta_told_twice_changes_nothing() -> None:
    seen = view(TARGET, entry("a.example"))
    assert not list(from_deltas(seen, [line_of(entry("a.example")), line_of(gone(entry("b.example")))]))


def test_of_a_value_the_last_delta_counts() -> None:
    seen = view(TARGET)
    assert not list(from_deltas(seen, [line_of(entry("a.example")), line_of(gone(entry("a.example")))]))


@pytest.mark.parametrize(
    ("target", "row", "filter_"),
    [
        (TARGET, entry("a.example", TLP.AMBER), "tlp"),
        (replace(TARGET, tlp=TLP.RED), entry("a.example", TLP.RED), "tlp"),
        (replace(TARGET, pap=PAP.GREEN), replace(entry("a.example"), marking=Marking(pap=PAP.AMBER)), "pap"),
        (replace(TARGET, min_confidence=76), entry("a.example"), "confidence"),
        (replace(TARGET, only_health=True), entry("a.example"), "health"),
        (replace(TARGET, types=frozenset({ObservableType.URL})), entry("a.example"), "type"),
    ],
)
def test_each_filter_keeps_back_and_calls_back(target: Target, row: Entry, filter_: str) -> None:
    fresh = view(target)
    assert not list(from_deltas(fresh, [line_of(row)])) and fresh.left_out == {filter_: 1}
    held = view(target, replace(row, marking=Marking(), confidence=90))
    (change,) = from_deltas(held, [line_of(row)])
    assert change.kind == "removed"
    (change,) = from_snapshot(held, lambda: [line_of(row)])
    assert change.kind == "removed"


def test_a_removed_value_says_only_what_the_target_knew() -> None:
    seen = view(TARGET, entry("a.example"))
    risen = replace(entry("a.example", TLP.AMBER), labels=("opération secrète",), sources=("partenaire",))
    (change,) = from_deltas(seen, [line_of(risen)])
    assert (change.entry.labels, change.entry.sources, change.entry.marking.tlp) == ((), (), TLP.CLEAR)
    assert change.entry.withdrawal == Withdrawal(AT, WithdrawalReason.UNSHAREABLE)


def test_what_a_snapshot_lacks_is_removed() -> None:
    seen = view(TARGET, entry("a.example"), entry("b.example"))
    assert told(list(from_snapshot(seen, lambda: [line_of(entry("b.example"))]))) == [
        ("removed", "a.example")
    ]


def test_what_comes_back_to_a_known_target_is_newer_than_its_deletion() -> None:
    seen = view(TARGET)
    seen.made_at = AT + timedelta(hours=1)
    (change,) = from_snapshot(seen, lambda: [line_of(entry("a.example"))], known=True)
    assert change.entry.changed_at == seen.made_at


VALUES = st.sampled_from(["a.example", "b.example", "c.example", "d.example"])
STATES = st.dictionaries(VALUES, st.tuples(st.sampled_from(list(TLP)), st.integers(0, 100)))


@given(st.lists(STATES, min_size=1, max_size=5))
def test_deltas_and_snapshots_lead_to_the_same_and_nothing_secret_is_named(
    states: list[dict[str, tuple[TLP, int]]],
) -> None:
    by_delta, by_snapshot = view(), view()
    shown: set[str] = set()
    before: dict[str, Entry] = {}
    for state in states:
        rows = {value: entry(value, tlp, confidence) for value, (tlp, confidence) in sorted(state.items())}
        lines = [line_of(row) for value, row in rows.items() if before.get(value) != row]
        lines += [line_of(gone(row)) for value, row in before.items() if value not in rows]
        for one in list(from_deltas(by_delta, lines)):
            assert one.kind != "removed" or one.entry.observable.value in shown
            assert one.kind == "removed" or one.entry.marking.tlp <= TLP.GREEN
            shown.add(one.entry.observable.value)
            _apply(by_delta, one)
        for one in list(from_snapshot(by_snapshot, lambda rows=rows: map(line_of, rows.values()))):  # type: ignore[misc]
            _apply(by_snapshot, one)
        before = rows
        assert by_delta.things == by_snapshot.things
        assert len(by_delta.things) == sum(row.marking.tlp <= TLP.GREEN for row in rows.values())


def _apply(seen: View, change: Change) -> None:
    if change.text:
        seen.things[change.key] = change.text
    else:
        del seen.things[change.key]
