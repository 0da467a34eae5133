"""Write an index of warninglists, which `sharing.shield_index` reads: its contents first, then its bytes."""

import hashlib
import os
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from sharing.ranges import Row, outermost
from sharing.shield_index import FAMILIES, MAGIC, REACHES, Head, Pair
from sharing.suppressions import ShieldRule


@dataclass(slots=True)
class Draft:
    """An index in the making.

    `exact`, `above` (parents of names) and `below` hold key -> (number of the list, entry); `names` is
    the lists by their numbers; `networks` is by IP version and reach. `faults` says what was left out.
    """

    names: list[str] = field(default_factory=list)
    entries: int = 0
    exact: dict[str, tuple[int, str]] = field(default_factory=dict)
    above: dict[str, tuple[int, str]] = field(default_factory=dict)
    below: dict[str, tuple[int, str]] = field(default_factory=dict)
    platforms: set[str] = field(default_factory=set)
    networks: dict[tuple[int, str], list[Row]] = field(
        default_factory=lambda: {(version, reach): [] for version in (4, 6) for reach in REACHES}
    )
    substrings: dict[str, list[Pair]] = field(default_factory=lambda: {name: [] for name in FAMILIES})
    regexes: dict[str, list[Pair]] = field(default_factory=lambda: {name: [] for name in FAMILIES})
    faults: list[str] = field(default_factory=list)


def write_index(draft: Draft, out: Path) -> None:
    """Write the file beside its place, then move it there. Raises `OSError` where the disk fails."""
    sections = dict(_sections(draft))
    places, start = {}, 0
    for name, content in sections.items():
        places[name] = (start, len(content))
        start += len(content)
    head = Head(
        byteorder=sys.byteorder,
        lists=draft.names,
        sections=places,
        platforms=sorted(draft.platforms),
        substrings=draft.substrings,
        regexes=draft.regexes,
    )
    parts = [head.model_dump_json().encode() + b"\n", *sections.values()]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    temporary = out.with_name(f"{out.name}.new")
    with temporary.open("wb") as stream:
        stream.writelines([MAGIC + digest.hexdigest().encode() + b"\n", *parts])
    os.replace(temporary, out)


def _sections(draft: Draft) -> Iterator[tuple[str, bytes]]:
    for (version, reach), rows in draft.networks.items():
        yield f"ipv{version} {reach}", array("Q", _numbers(outermost(rows), version)).tobytes()
    parent = {name: (number, ShieldRule.PARENT, entry) for name, (number, entry) in draft.above.items()}
    named = {value: (number, ShieldRule.NAMED, entry) for value, (number, entry) in draft.exact.items()}
    below = {name: (number, ShieldRule.BELOW, entry) for name, (number, entry) in draft.below.items()}
    for name, table in (("exact", parent | named), ("below", below)):
        slots, lines = _table(table)
        yield f"{name} slots", slots
        yield f"{name} lines", lines


def _numbers(rows: Iterable[Row], version: int) -> Iterator[int]:
    for first, last, number in rows:
        if version == 4:
            yield from (first, last, number)
        else:
            yield from (first >> 64, first & (1 << 64) - 1, last >> 64, last & (1 << 64) - 1, number)


def _table(rows: Mapping[str, tuple[int, ShieldRule, str]]) -> tuple[bytes, bytes]:
    """Return the slots and the lines of a hash table (see `sharing.shield_index`)."""
    size = 1 << max(3, (2 * len(rows)).bit_length())
    slots, lines = array("Q", bytes(8 * size)), bytearray(b"\n")
    for text, (number, rule, entry) in rows.items():
        key = text.encode()
        crc = crc32(key)
        place = crc & (size - 1)
        while slots[place]:
            place = (place + 1) & (size - 1)
        slots[place] = crc << 32 | len(lines)
        lines += f"{text}\t{number}\t{rule}\t{entry}\n".encode()
    return slots.tobytes(), bytes(lines)
