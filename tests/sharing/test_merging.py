"""Merged addresses are the very same addresses, in the fewest networks, and only what tools read as such."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Entry, Marking, Observable, ObservableType, PublishError
from sharing.formats.merging import SAID, is_canonical, merged, networks, told_by
from tests.sharing.test_formats import ANYTHING

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
# Few leading parts, so that neighbours and networks in networks are frequent.
_fours = st.builds(
    ipaddress.ip_network,
    st.tuples(st.sampled_from([0x2D000000, 0xC0000200, 0, 0xFFFFFF00]).flatmap(
        lambda base: st.integers(base, base + 255)), st.integers(1, 32)),
    st.just(False),
)  # fmt: skip
_sixes = st.builds(
    lambda number, length: ipaddress.IPv6Network((number, length), strict=False),
    st.integers(0, 40) | st.integers(2**128 - 40, 2**128 - 1),
    st.integers(1, 128) | st.integers(120, 128),
)


def _entry(value: str) -> Entry:
    return Entry(
        observable=Observable(ObservableType.IPV4, value),
        marking=Marking(),
        confidence=80,
        sources=("cell",),
        valid_from=AT,
        listed_at=AT,
        changed_at=AT,
    )


def _written(values: list[str]) -> dict[int, list[str]]:
    return {version: list(networks(spans, version)) for version, spans in merged(map(_entry, values)).items()}


def _collapsed(given_networks: Sequence[Any]) -> list[Any]:
    """Return what the standard library makes of networks of one version, the whole internet as its halves."""
    found = list(ipaddress.collapse_addresses(given_networks))
    return list(found[0].subnets()) if found and found[0].prefixlen == 0 else found


@ANYTHING
@given(st.lists(st.one_of(_fours, _sixes), max_size=40))
def test_merging_is_exact_and_minimal(
    given_networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
) -> None:
    written = _written([str(one) for one in given_networks])
    for version, kind in ((4, ipaddress.IPv4Network), (6, ipaddress.IPv6Network)):
        wanted = _collapsed([one for one in given_networks if isinstance(one, kind)])
        assert [kind(text) for text in written[version]] == wanted


def test_a_single_address_has_no_length_and_the_whole_internet_is_two_halves() -> None:
    assert _written(["192.0.2.7", "2001:db8::7"]) == {4: ["192.0.2.7"], 6: ["2001:db8::7"]}
    assert _written(["0.0.0.0/1", "128.0.0.0/1"])[4] == ["0.0.0.0/1", "128.0.0.0/1"]


@pytest.mark.parametrize("value", ["192.0.2.7", "0.0.0.0", "198.51.100.0/24", "2001:db8::7", "2001:db8::/32"])
def test_canonical_addresses_and_networks_are_taken(value: str) -> None:
    assert is_canonical(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "010.0.0.1",
        "192.0.2.300",
        "192.0.2",
        "192.0.2.7\n",
        "١.2.3.4",
        "192.0.2.7-192.0.2.9",
        "198.51.100.7/24",
        "198.51.100.0/255.255.255.0",
        "198.51.100.0/0.0.0.255",
        "198.51.100.0/024",
        "192.0.2.7/32",
        "0.0.0.0/0",
        "::/0",
        "2001:DB8::7",
        "fe80::1%eth0",
        "fe80::%1/64",
        "example.org",
        "localhost",
    ],
)
def test_what_a_tool_refuses_or_looks_up_is_not_taken(value: str) -> None:
    assert not is_canonical(value)


@pytest.mark.parametrize(
    "lines", [["192.0.2.7"], ["192.0.2.7", "192.0.2.9", "192.0.2.11"], [], ["192.0.2.300"]], ids=str
)
def test_a_list_that_does_not_hold_what_it_says_is_refused(lines: list[str]) -> None:
    said = 2 if len(lines) != 1 or lines[0] == "192.0.2.300" else 0
    with pytest.raises(PublishError, match="merged list"):
        told_by([f"{SAID}{said}\n", *(f"{line}\n" for line in lines)], str.split)


def test_a_merged_list_stands_for_more_entries_than_it_has_lines() -> None:
    assert told_by([f"{SAID}2\n", "192.0.2.6/31\n"], str.split) == 2
