"""Find the objects of a released STIX file without holding them: by when they were added, type and identifier.

An object takes some 45 bytes of memory; its text stays in the file. The file holds each object once, in
its last version, and what changed last was added last: `date_added` is `modified`, or `created` for what has no
versions (STIX 2.1 § 3.2).
"""

import os
import struct
import weakref
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from heapq import merge
from pathlib import Path
from uuid import UUID

import orjson

from records import TLP, PublishError, parse_tlp

KINDS = ("identity", "indicator", "marking-definition")  # what the format writes, in alphabetical order
KEY = 17  # bytes of an identifier: the place of its type among `KINDS`, and its UUID

_ROW = struct.Struct(f">Q{KEY}sQI")  # sorted as bytes: date added, identifier, offset, length
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Index:
    """The objects of one file, by position: 0 was added first; of those added together, the lowest identifier.

    Dates are microseconds since 1970. The file stays open as long as the index lives.
    """

    def __init__(self, file: int, rows: Iterable[bytes]) -> None:
        self._file = file
        weakref.finalize(self, os.close, file)
        self._dates, self._offsets, self._lengths = array("Q"), array("Q"), array("I")
        keys = bytearray()
        self._by_kind = {kind: array("I") for kind in KINDS}
        for position, row in enumerate(rows):
            added, key, offset, length = _ROW.unpack(row)
            self._dates.append(added)
            self._offsets.append(offset)
            self._lengths.append(length)
            self._by_kind[KINDS[key[0]]].append(position)
            keys += key
        self._keys = bytes(keys)
        self._by_key = array("I", sorted(range(len(self)), key=self.key))

    def __len__(self) -> int:
        return len(self._dates)

    def key(self, position: int) -> bytes:
        """Return the identifier of an object as `key_of` packs it."""
        return self._keys[position * KEY : position * KEY + KEY]

    def id(self, position: int) -> str:
        """Return the identifier of an object as STIX writes it."""
        key = self.key(position)
        return f"{KINDS[key[0]]}--{UUID(bytes=key[1:])}"

    def added(self, position: int) -> int:
        """Return when an object was added."""
        return self._dates[position]

    def text(self, position: int) -> bytes:
        """Read an object from the file; raises `OSError` where the file has become shorter."""
        length = self._lengths[position]
        found = os.pread(self._file, length, self._offsets[position])
        if len(found) != length:
            raise OSError(
                f"an object of {length} bytes ends after {len(found)}; the released file was altered"
            )
        return found

    def after(self, added: int, key: bytes | None = None) -> int:
        """Return the position of the first object added later; with `key`, or then but with a higher identifier."""
        end = bisect_right(self._dates, added)
        if key is None:
            return end
        return bisect_right(range(end), key, lo=bisect_left(self._dates, added), key=self.key)

    def found(self, key: bytes) -> int | None:
        """Return the position of an object, if it is there."""
        place = bisect_left(self._by_key, key, key=self.key)
        if place == len(self) or self.key(self._by_key[place]) != key:
            return None
        return self._by_key[place]

    def positions(
        self,
        start: int,
        *,
        kinds: frozenset[str] | None = None,
        keys: frozenset[bytes] | None = None,
        dates: frozenset[int] | None = None,
    ) -> Iterator[int]:
        """Yield the positions from `start` on, in order, that have one of each that is given; nothing is scanned."""
        spans = [range(start, len(self))]
        if dates is not None:
            each = ((bisect_left(self._dates, at), bisect_right(self._dates, at)) for at in sorted(dates))
            spans = [range(max(start, first), end) for first, end in each]
        if keys is not None:
            named = sorted(place for place in map(self.found, keys) if place is not None)
            held = [place for place in named if any(place in span for span in spans)]
            return iter(held if kinds is None else [place for place in held if self._kind(place) in kinds])
        if kinds is None:
            return (place for span in spans for place in span)
        chosen = [self._by_kind[kind] for kind in sorted(kinds & self._by_kind.keys())]
        return (place for span in spans for place in merge(*(_within(one, span) for one in chosen)))

    def _kind(self, position: int) -> str:
        return KINDS[self._keys[position * KEY]]


def key_of(identifier: str) -> bytes | None:
    """Pack a STIX identifier (§ 2.9); `None` for what names no object that a file could hold."""
    kind, _, native = identifier.partition("--")
    try:
        place, uuid = KINDS.index(kind), UUID(native)
    except ValueError:
        return None
    return bytes([place]) + uuid.bytes if str(uuid) == native else None


def instant_of(text: str) -> int:
    """Return an RFC 3339 instant in microseconds since 1970; raises `ValueError` for what is none."""
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


def read_index(path: Path, ceiling: TLP) -> Index:
    """Read the objects of a file; raises `OSError`, and `PublishError` for an object that cannot be served.

    That is one marked above `ceiling`: the release has left these out; this is the second lock.
    """
    rows, levels, offset = list[bytes](), dict[str, TLP](), 0
    with path.open("rb") as stream:
        for line in stream:
            text = line.rstrip(b",\n")
            if text.startswith(b'{"type":"') and text.endswith(b"}"):
                try:
                    rows.append(_row(orjson.loads(text), offset, len(text), levels, ceiling))
                except (ValueError, KeyError, TypeError) as error:
                    raise PublishError(
                        f"{path.name}, at byte {offset}: {error}; this release is not served, release again"
                    ) from error
            offset += len(line)
        rows.sort()
        return Index(os.dup(stream.fileno()), rows)


def _row(item: dict[str, object], offset: int, length: int, levels: dict[str, TLP], ceiling: TLP) -> bytes:
    """Return an object's row; markings become `levels` by identifier, and one that is not there is RED."""
    name = str(item["id"])
    key = key_of(name)
    if key is None:
        raise ValueError(f"the identifier {name} is none that is served")
    if item["type"] == "marking-definition":
        levels[name] = parse_tlp(str(item["name"]))
    marks = item.get("object_marking_refs", ())
    if not isinstance(marks, list | tuple) or any(levels.get(mark, TLP.RED) > ceiling for mark in marks):
        raise ValueError(f"{name} is marked above TLP:{ceiling.label}")
    return _ROW.pack(_instant(str(item.get("modified") or item["created"])), key, offset, length)


@lru_cache(maxsize=4096)
def _instant(text: str) -> int:
    return instant_of(text)


def _within(positions: "array[int]", span: range) -> Iterator[int]:
    """Yield those of some positions, in order, that stand in a span."""
    for place in range(bisect_left(positions, span.start), bisect_left(positions, span.stop)):
        yield positions[place]
