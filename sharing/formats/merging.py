"""Merge addresses and networks into the fewest networks that hold the very same addresses.

Addresses are numbers here: 400 000 of them are merged and written in about a second.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator

from records import Entry, PublishError

Range = tuple[int, int]  # first and last address, as numbers
SAID = "# entries: "

_QUAD = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_BITS = {4: 32, 6: 128}


def is_address(row: Entry) -> bool:
    """Say whether an entry's value is an address or a network in its one canonical form."""
    return is_canonical(row.observable.value)


def is_canonical(value: str) -> bool:
    """Say whether a value is an address or a network in its one canonical form.

    Tools refuse a whole list, or ask the name servers, for anything else: host bits, netmasks, zones, leading
    zeros. A network of a single address is none, and neither is the whole internet, which tools pass over.
    """
    if _QUAD.fullmatch(value):
        return True
    if "%" in value:
        return False
    try:
        if "/" not in value:
            return str(ipaddress.IPv6Address(value)) == value
        network = ipaddress.ip_network(value)
    except ValueError:
        return False
    return str(network) == value and 0 < network.prefixlen < network.max_prefixlen


def merged(rows: Iterable[Entry]) -> dict[int, list[Range]]:
    """Return, by version of IP, the ranges of entries that are addresses or networks, apart and in order."""
    found: dict[int, list[Range]] = {4: [], 6: []}
    for row in rows:
        version, span = _range(row.observable.value)
        found[version].append(span)
    return {version: list(_joined(sorted(spans))) for version, spans in found.items()}


def networks(spans: Iterable[Range], version: int) -> Iterator[str]:
    """Yield the networks that ranges are made of; a single address is written without length.

    The whole internet is written as its halves, because ipset and Squid know no network without a length.
    """
    bits = _BITS[version]
    for first, last in spans:
        while first <= last:
            aligned = (first & -first).bit_length() - 1 if first else bits
            free = min(aligned, (last - first + 1).bit_length() - 1, bits - 1)
            yield _text(first, version) + (f"/{bits - free}" if free else "")
            first += 1 << free


def told_by(
    lines: Iterable[str],
    elements_in: Callable[[str], Iterable[str]],
    is_read: Callable[[str], bool] = is_canonical,
) -> int:
    """Return for how many entries a merged file stands, which one of its lines says.

    `elements_in` gives the elements of any other line. Raises `PublishError` where one cannot be read, and where
    there are none or more than entries: merging never makes more of them.
    """
    said = found = 0
    for line in lines:
        if line.startswith(SAID):
            said = int(line.removeprefix(SAID))
            continue
        for element in elements_in(line):
            if not is_read(element):
                raise PublishError(f"a merged list holds {element[:100]!r}, which its reader would not take")
            found += 1
    if found > said or (said and not found):
        raise PublishError(f"a merged list of {said} entries holds {found} elements")
    return said


def _range(value: str) -> tuple[int, Range]:
    if "/" in value:
        network = ipaddress.ip_network(value)
        return network.version, (int(network[0]), int(network[-1]))
    if ":" in value:
        number = int(ipaddress.IPv6Address(value))
        return 6, (number, number)
    number = int.from_bytes(bytes(map(int, value.split("."))), "big")
    return 4, (number, number)


def _text(number: int, version: int) -> str:
    if version == 4:
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return str(ipaddress.IPv6Address(number))


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
