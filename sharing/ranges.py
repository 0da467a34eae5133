"""Find the network that shares an address with another, among many, by bisection."""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Row = tuple[int, int, int]  # first address, last address, number of the list


@dataclass(frozen=True, slots=True)
class Ranges:
    """Networks of one IP version, sorted and without overlap: first and last address of each, and the
    number of the list that names it.

    Two networks are disjoint, or one holds the other: keeping the outer ones loses no answer, and makes
    the last one that starts before a value the only one that can touch it.
    """

    firsts: Sequence[int] = ()
    lasts: Sequence[int] = ()
    lists: Sequence[int] = ()

    def overlapping(self, first: int, last: int) -> int:
        """Return the place of a network that shares an address with `first`–`last`, both included,
        or -1.
        """
        place = bisect_right(self.firsts, last) - 1
        return place if place >= 0 and self.lasts[place] >= first else -1


def outermost(rows: Iterable[Row]) -> list[Row]:
    """Return the networks that no other holds, by their first address; of two equal ones the first given."""
    kept: list[Row] = []
    for first, last, number in sorted(rows, key=lambda row: (row[0], -row[1])):
        if not kept or first > kept[-1][1]:
            kept.append((first, last, number))
    return kept


def ranges(rows: Iterable[Row]) -> Ranges:
    """Return networks of one IP version as `Ranges`."""
    kept = outermost(rows)
    return Ranges([row[0] for row in kept], [row[1] for row in kept], [row[2] for row in kept])


def written(first: int, last: int, version: int) -> str:
    """Write a network as lists do: an address alone without its length."""
    length = (32 if version == 4 else 128) - (last - first + 1).bit_length() + 1
    kind = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    text = str(kind((first, length)))
    return text.split("/")[0] if first == last else text
