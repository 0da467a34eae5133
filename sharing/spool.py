"""Keep the entries of a release in one file, cut into chunks that say whether anything in them changed.

Where a chunk ends is decided by its lines alone (content-defined chunking), so a line that comes, goes or
changes touches its own chunk and no other, and a list is brought up to date by copying the rest of it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from records import Entry, ObservableType
from sharing.formats.ndjson import entry_of

_SPARSE = 0x7F  # one line in 128 ends a chunk
_TELLING = 60  # bytes at the start of a line, where type and value stand, that decide it
_TYPES = {kind: f'{{"type":"{kind.value}"'.encode() for kind in ObservableType}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some neighbouring lines of one type: where they stand in the file, and a digest of them."""

    type: ObservableType
    offset: int
    length: int
    key: bytes


def chunks_of(path: Path) -> tuple[Chunk, ...]:
    """Return the chunks of a spool, in order."""
    found: list[Chunk] = []
    offset = 0
    with path.open("rb") as stream:
        for kind, lines in _cut(stream):
            text = b"".join(lines)
            found.append(Chunk(kind, offset, len(text), blake2b(text, digest_size=16).digest()))
            offset += len(text)
    return tuple(found)


def _cut(stream: Iterable[bytes]) -> Iterator[tuple[ObservableType, list[bytes]]]:
    """Yield runs of lines of one type."""
    kind, run = ObservableType.DOMAIN, list[bytes]()
    for line in stream:
        if not line.startswith(_TYPES[kind]):
            if run:
                yield kind, run
                run = []
            kind = next(one for one, prefix in _TYPES.items() if line.startswith(prefix))
        run.append(line)
        if not crc32(line[:_TELLING]) & _SPARSE:
            yield kind, run
            run = []
    if run:
        yield kind, run


class Spool:
    """An open spool: its chunks, and the entries of each."""

    def __init__(self, chunks: tuple[Chunk, ...], stream: BinaryIO) -> None:
        self.chunks = chunks
        self._stream = stream

    def entries(self, chunk: Chunk) -> list[Entry]:
        """Return the entries of a chunk, in order."""
        self._stream.seek(chunk.offset)
        return [entry_of(line) for line in self._stream.read(chunk.length).splitlines(keepends=True)]

    def all_entries(self, types: frozenset[ObservableType]) -> Iterator[Entry]:
        """Yield all entries of some types, in order."""
        for chunk in self.chunks:
            if chunk.type in types:
                yield from self.entries(chunk)


@contextmanager
def open_spool(path: Path, chunks: tuple[Chunk, ...]) -> Iterator[Spool]:
    """Open a spool whose chunks are known."""
    with path.open("rb") as stream:
        yield Spool(chunks, stream)
