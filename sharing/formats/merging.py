"""Merge addresses and networks into the fewest ranges that hold the very same addresses."""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from records import Entry

_QUAD = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
Range = tuple[int, int]  # first and last address, as numbers


def is_address(row: Entry) -> bool:
    """Say whether an entry's value reads as an address or a network."""
    try:
        return _range(row.observable.value) is not None
    except ValueError:
        return False


def merged(rows: Iterable[Entry]) -> dict[int, list[Range]]:
    """Return, by version of IP, the ranges of entries that are addresses or networks, apart and in order."""
    found: dict[int, list[Range]] = {4: [], 6: []}
    for row in rows:
        version, span = _range(row.observable.value)
        found[version].append(span)
    return {version: list(_joined(sorted(spans))) for version, spans in found.items()}


def networks(spans: Iterable[Range], version: int) -> Iterator[str]:
    """Yield the networks that ranges are made of; a single address is written without length."""
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    for first, last in spans:
        if first == last:
            yield str(kind(first))
        else:
            yield from map(str, ipaddress.summarize_address_range(kind(first), kind(last)))


def _range(value: str) -> tuple[int, Range]:
    if "/" in value:
        network = ipaddress.ip_network(value)
        return network.version, (int(network[0]), int(network[-1]))
    if ":" in value:
        number = int(ipaddress.IPv6Address(value))
        return 6, (number, number)
    if _QUAD.fullmatch(value):
        a, b, c, d = map(int, value.split("."))
        number = a << 24 | b << 16 | c << 8 | d
    else:
        number = int(ipaddress.IPv4Address(value))
    return 4, (number, number)


def _joined(spans: Iterable[Range]) -> Iterator[Range]:
    """Join ranges that overlap or touch; they are given in order."""
    before: Range | None = None
    for first, last in spans:
        if before is not None and first <= before[1] + 1:
            before = (before[0], max(before[1], last))
            continue
        if before is not None:
            yield before
        before = (first, last)
    if before is not None:
        yield before
