"""Sigma rules: what their selections say, whatever stands in the values. `tests/tools/sigma.py` has them checked."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import format_named, sigma, text_of
from tests.sharing.test_formats import ANYTHING, hostile_rows
from tests.tools.sigma import matches

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def _entry(kind: ObservableType, value: str) -> Entry:
    return Entry(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=80,
        sources=("cell",),
        valid_from=AT,
        listed_at=AT,
        changed_at=AT,
    )


def _rule(name: str, rows: Iterable[Entry]) -> dict[str, Any]:
    mine = (row for row in rows if row.observable.type in sigma.FILES[name])
    rule: dict[str, Any] = yaml.safe_load("".join(text_of(format_named("sigma"), name, mine, AT)))
    return rule


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("evil.example", True),
        ("www.evil.example", True),
        ("notevil.example", False),
        ("example", False),
    ],
)
def test_a_name_is_found_with_what_lies_below_and_nothing_else(name: str, is_found: bool) -> None:
    rule = _rule(sigma.DNS, [_entry(ObservableType.DOMAIN, "evil.example")])
    assert matches(rule["detection"], Observable(ObservableType.DOMAIN, name)) is is_found


def test_an_address_is_compared_as_a_network() -> None:
    rows = [_entry(ObservableType.IPV4, "192.0.2.7"), _entry(ObservableType.IPV6_NET, "2001:db8::/32")]
    found = _rule(sigma.ADDRESSES, rows)["detection"]["selection_listed"]
    assert found == {"dst_ip|cidr": ["192.0.2.7/32", "2001:db8::/32"]}


@pytest.mark.parametrize("value", ["http://e.example/a?b", "http://e.example/*", "http://e.example/a\\b"])
def test_what_sigma_takes_for_a_pattern_is_left_out(value: str) -> None:
    row = _entry(ObservableType.URL, value)
    assert not sigma.carries(row, sigma.PROXY)
    assert value not in str(_rule(sigma.PROXY, [row]))


@pytest.mark.parametrize("text", ["it's", "'", "a:b", "#", "%{[]}", "&a", "!x", '"'])
def test_signs_of_yaml_come_back_as_they_were(text: str) -> None:
    value = f"http://evil.example/{text}"
    rule = _rule(sigma.PROXY, [_entry(ObservableType.URL, value), _entry(ObservableType.URL, text)])
    assert rule["detection"]["selection_listed"] == {"c-uri": [value, text]}


def test_a_rule_keeps_its_id_and_says_when_it_changed() -> None:
    empty = _rule(sigma.DNS, [])
    full = _rule(sigma.DNS, [_entry(ObservableType.DOMAIN, "evil.example")])
    assert empty["id"] == full["id"]
    assert full["modified"] == AT.date()
    assert len({_rule(name, [])["id"] for name in sigma.FILES}) == 3


@ANYTHING
@given(rows=hostile_rows)
def test_no_value_breaks_out_of_its_rule(rows: list[Entry]) -> None:
    for name in sigma.FILES:
        rule, empty = _rule(name, rows), _rule(name, [])
        carried = [row for row in rows if row.observable.type in sigma.FILES[name]]
        values = {row.observable.value for row in carried if sigma.carries(row, name)}
        (said,) = rule["detection"]["selection_listed"].values()
        assert rule | {"detection": None} == empty | {"detection": None}
        assert rule["detection"].keys() == empty["detection"].keys()
        assert not values or {text.removesuffix("/32").removesuffix("/128") for text in said} <= {
            text.removesuffix("/32").removesuffix("/128") for text in values
        }
