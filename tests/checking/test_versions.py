"""How versions compare, by the shared vectors: the browser must answer the same (see test_twins)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checking.versions import Answer, Order, compare, within

VECTORS = json.loads(Path(__file__).with_name("versions.json").read_text("utf-8"))
WRITTEN = st.text(st.sampled_from("0123456789.-_~+: ()abcprvux"), max_size=24)


@pytest.mark.parametrize(("one", "other", "order"), VECTORS["compare"])
def test_order(one: str, other: str, order: Order) -> None:
    assert compare(one, other) == order
    assert compare(other, one) == (None if order is None else -order)


@pytest.mark.parametrize(("version", "low", "high", "low_in", "high_in", "answer"), VECTORS["within"])
def test_range(version: str, low: str, high: str, low_in: bool, high_in: bool, answer: Answer) -> None:
    assert within(version, low, high, low_in, high_in) == answer


def test_an_overlong_version_cannot_be_compared() -> None:
    assert compare("1." * 150, "1") is None


@given(one=WRITTEN, other=WRITTEN)
def test_any_two_texts_compare_the_same_from_both_sides(one: str, other: str) -> None:
    order = compare(one, other)
    assert compare(other, one) == (None if order is None else -order)
    assert compare(one, one) in (0, None)
