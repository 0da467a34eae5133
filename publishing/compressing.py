"""Compress a served file once, and remember the result while the file stays as it is."""

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

LEVEL = 6  # of 9: beyond it, twice the time saves one byte in a hundred
SMALLEST = 1_000  # bytes: below this, headers and one packet cost as much
LARGEST = 64 * 2**20  # bytes: larger files are sent as they are
KEPT = 64 * 2**20  # compressed bytes remembered


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it stood: two of the same name, time of change and length are the same version."""

    path: Path
    changed_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent of a file, and the entity tag of exactly these bytes (RFC 9110 § 8.8.3)."""

    content: bytes
    tag: str
    encoding: str = ""


class Compressed:
    """The compressed bodies of the files asked for last, at most `kept` bytes of them; for many threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._bodies: OrderedDict[Version, Body] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, version: Version) -> Body | None:
        """Return the body made of this version before, `None` where it is not remembered."""
        with self._lock:
            body = self._bodies.get(version)
            if body is not None:
                self._bodies.move_to_end(version)
            return body

    def add(self, version: Version, content: bytes) -> Body:
        """Compress and remember a version's content; those not asked for longest are forgotten."""
        packed = gzip.compress(content, LEVEL, mtime=0)
        body = Body(packed, entity_tag(packed), "gzip")
        with self._lock:
            if version not in self._bodies and len(packed) <= self._kept:
                self._bodies[version] = body
                self._size += len(packed)
            while self._size > self._kept:
                self._size -= len(self._bodies.popitem(last=False)[1].content)
        return body


def entity_tag(content: bytes) -> str:
    """Return a strong entity tag: equal for equal bytes, on every machine."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110 § 12.5.3); none at all does not ask for it."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.partition(";")
        try:
            weights[name.strip()] = float(parameter.replace(" ", "").removeprefix("q=") or 1)
        except ValueError:  # a weight that is no number
            weights[name.strip()] = 0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0))) > 0
