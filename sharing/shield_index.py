"""Look values up in the prebuilt index of public warninglists, without loading it.

The index is one file, read where it lies (memory map), so that two million names cost no start and no
memory of their own:

1. a line: what it is, its version, and the SHA-256 of all that follows;
2. a line: an object in JSON with the names of the lists and the few long texts;
3. the sections that it names: two hash tables of names and values, and the networks.

A hash table is an array of 64-bit slots, at most half of them used, found by CRC-32 and read on from
there. A slot holds that CRC in its upper half and a place among the lines in its lower one; a line is
`key TAB number of the list TAB rule TAB entry`. The key is compared, so two of one CRC are told apart.
"""

import hashlib
import mmap
import re
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import ahocorasick_rs
from pydantic import BaseModel, ConfigDict, ValidationError

from records import PublishError
from sharing.ranges import Ranges, written
from sharing.suppressions import ShieldRule, Suppression

MAGIC = b"vigie-shield-index 1 "
FAMILIES = ("name", "email")  # what substrings and regular expressions are tried on
REACHES = ("all", "held")  # networks with what lies in them; networks for what is wider than an address
MAX_TRIED = 320  # characters tried by regular expressions: the longest mailbox (RFC 5321 § 4.5.3.1)

Pair = tuple[str, int]  # an entry and the number of its list


class Head(BaseModel):
    """The second line of an index: names of lists, sections (start, bytes), and what is small."""

    model_config = ConfigDict(extra="forbid", strict=True)

    byteorder: str
    lists: list[str]
    sections: dict[str, tuple[int, int]]
    platforms: list[str]
    substrings: dict[str, list[Pair]]
    regexes: dict[str, list[Pair]]


class Table:
    """A hash table in the index: names and values, each with the list that protects it."""

    def __init__(self, slots: Sequence[int], lines: mmap.mmap, start: int, lists: Sequence[str]) -> None:
        self._slots, self._lines, self._start, self._lists = slots, lines, start, lists
        self._mask = len(slots) - 1

    def find(self, text: str) -> Suppression | None:
        """Say which list protects a name or value, `None` where none does."""
        key = text.encode("utf-8", "replace")
        crc = crc32(key)
        place = crc & self._mask
        while slot := self._slots[place]:
            if slot >> 32 == crc:
                start = self._start + (slot & 0xFFFFFFFF)
                end = start + len(key) + 1
                if self._lines[start:end] == key + b"\t":
                    line = self._lines[end : self._lines.find(b"\n", end)]
                    number, rule, entry = line.decode().split("\t")
                    return Suppression(self._lists[int(number)], ShieldRule(rule), entry)
            place = (place + 1) & self._mask
        return None


@dataclass(frozen=True, slots=True)
class Index:
    """A prebuilt index, open for reading.

    `exact` has values and the parents of names, `below` the names that protect all below them;
    `platforms` are the names below which strangers register.
    """

    lists: Sequence[str]
    platforms: frozenset[str]
    exact: Table
    below: Table
    networks: dict[tuple[int, str], Ranges]
    substrings: dict[str, tuple[ahocorasick_rs.AhoCorasick, list[Pair]]]
    regexes: dict[str, list[tuple[re.Pattern[str], int, str]]]

    def network(self, version: int, first: int, last: int) -> Suppression | None:
        """Say which list has a network that shares an address with this one (first and last address).

        Networks let machine by machine count only against what is wider than an address.
        """
        for reach in REACHES if first != last else REACHES[:1]:
            known = self.networks[version, reach]
            place = known.overlapping(first, last)
            if place >= 0:
                entry = written(known.firsts[place], known.lasts[place], version)
                return Suppression(self.lists[known.lists[place]], ShieldRule.OVERLAP, entry)
        return None

    def shape(self, family: str, text: str) -> Suppression | None:
        """Say which list has a piece or a regular expression that a name or mailbox (`FAMILIES`) shows."""
        machine, pieces = self.substrings[family]
        for which, _, _ in machine.find_matches_as_indexes(text) if pieces else ():
            entry, number = pieces[which]
            return Suppression(self.lists[number], ShieldRule.SUBSTRING, entry)
        for pattern, number, entry in self.regexes[family]:
            if len(text) <= MAX_TRIED and pattern.search(text):
                return Suppression(self.lists[number], ShieldRule.PATTERN, entry)
        return None


def open_index(path: Path) -> Index:
    """Open an index that `sharing.warninglists_index.build_index` has made.

    The whole file is read once, to compare its digest: what is damaged is never used.
    Raises `PublishError` where it cannot be read or is not what was built.
    """
    try:
        with path.open("rb") as stream:
            title = stream.readline(len(MAGIC) + 65)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        reason = getattr(error, "strerror", None) or "it is empty"
        raise PublishError(f"the index {path} cannot be read: {reason}; build it again") from error
    if title != MAGIC + digest.encode() + b"\n":
        raise PublishError(f"the index {path} is damaged or of another version; build it again")
    first = len(title)
    second = content.find(b"\n", first) + 1
    try:
        head = Head.model_validate_json(content[first:second])
    except ValidationError as error:
        raise PublishError(f"the index {path} has an unreadable head; build it again") from error
    if head.byteorder != sys.byteorder:
        raise PublishError(f"the index {path} was built on another sort of machine; build it on this one")
    return _index(content, head, second)


def _index(content: mmap.mmap, head: Head, base: int) -> Index:
    view = memoryview(content)

    def numbers(name: str) -> memoryview:
        start, size = head.sections[name]
        return view[base + start : base + start + size].cast("Q")

    def table(name: str) -> Table:
        return Table(numbers(f"{name} slots"), content, base + head.sections[f"{name} lines"][0], head.lists)

    return Index(
        lists=head.lists,
        platforms=frozenset(head.platforms),
        exact=table("exact"),
        below=table("below"),
        networks={
            (version, reach): _ranges(numbers(f"ipv{version} {reach}"), version)
            for version in (4, 6)
            for reach in REACHES
        },
        substrings={
            family: (ahocorasick_rs.AhoCorasick([entry for entry, _ in pieces]), pieces)
            for family, pieces in head.substrings.items()
        },
        regexes={
            family: [(compiled(entry), number, entry) for entry, number in patterns]
            for family, patterns in head.regexes.items()
        },
    )


def _ranges(numbers: memoryview, version: int) -> Ranges:
    """Read networks: first, last, list; an IPv6 address is two numbers, the upper half first."""
    if version == 4:
        values = array("Q", numbers)
        return Ranges(values[0::3], values[1::3], values[2::3])
    halves = numbers.tolist()
    firsts = [high << 64 | low for high, low in zip(halves[0::5], halves[1::5], strict=True)]
    lasts = [high << 64 | low for high, low in zip(halves[2::5], halves[3::5], strict=True)]
    return Ranges(firsts, lasts, halves[4::5])


def compiled(entry: str) -> re.Pattern[str]:
    """Compile a regular expression as warninglists write them: `/…/` with the letters of PCRE after it.

    Raises `ValueError` where it is none, matches everything, or could take for ever: a group that is
    repeated and repeats within.
    """
    body, flags = entry, ""
    if entry.startswith("/") and "/" in entry[1:]:
        body, _, flags = entry[1:].rpartition("/")
    if len(body) > 1_000 or re.search(r"[+*}]\)+[+*{]|[+*}][^()]*\)[+*{]", body):
        raise ValueError("a regular expression that could take for ever")
    try:
        pattern = re.compile(body, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    if pattern.search(""):
        raise ValueError("a regular expression that everything matches")
    return pattern
