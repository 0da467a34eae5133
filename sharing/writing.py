"""Write the files of a release, taking from the last one whatever has not changed.

A file whose entries are all the same is linked. Of another, the text of chunks that are the same is
copied, and only the rest is rendered; the bytes are those of rendering everything (decision 0026).
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Self

from records import Entry, ObservableType, PublishError
from sharing.formats import ListedFile, format_named
from sharing.manifest import digest_of
from sharing.profiles import Best, Profile, rank
from sharing.spool import Chunk, Spool, open_spool

_OPEN = 200  # files written at once; most systems allow a process 1 024


@dataclass(frozen=True, slots=True)
class Job:
    """A file to write: whose it is, by which format, which of the format's files, and how many entries at most."""

    profile: Profile
    format: str
    file: str
    most: int | None

    @property
    def path(self) -> str:
        """Where the file stands below the lists."""
        return f"{self.profile.name}/{self.file}" if self.profile.name else self.file

    def key(self) -> str:
        """Return a text that differs where the same entries would give another text."""
        return (
            f"{self.format} {format_named(self.format).version} {self.file} {self.most} {self.profile.key()}"
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one chunk in a written file: its key, its length in bytes, the entries it holds."""

    key: bytes
    length: int
    entries: int


@dataclass(frozen=True, slots=True)
class Written:
    """A written file and how it was made: `job` is its job's key, `rows` and `body` digests of the entries and of
    the text without head and tail, `pieces` the text of its chunks, in order, where it is made of them.
    """

    file: ListedFile
    job: str
    rows: bytes
    body: bytes
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Last:
    """The last release: where its files are, and how each was made, by path."""

    tree: Path
    written: Mapping[str, Written]


@dataclass(frozen=True, slots=True)
class Order:
    """Where the files of a release go, where their entries are, and what may be taken from the last one."""

    tree: Path
    spool: Path
    chunks: tuple[Chunk, ...]
    made_at: datetime
    last: Last | None = None


def jobs_of(profile: Profile, names: Iterable[str]) -> Iterator[Job]:
    """Yield the files that a profile has in each of some formats."""
    for name in names:
        form = format_named(name)
        for file in sorted(form.files):
            bounds = [bound for bound in (form.most_of(file), profile.most) if bound is not None]
            yield Job(profile, name, file, min(bounds, default=None))


def write_files(jobs: Sequence[Job], order: Order) -> list[Written]:
    """Write files of a release and say what each holds; raises `OSError` and `PublishError`."""
    done: list[Written] = []
    with open_spool(order.spool, order.chunks) as spool:
        for start in range(0, len(jobs), _OPEN):
            with ExitStack() as stack:
                writings = [_Writing(job, order) for job in jobs[start : start + _OPEN]]
                anew = [stack.enter_context(one) for one in writings if not one.same()]
                _write_capped([one for one in anew if one.job.most is not None], spool)
                rest = [one for one in anew if one.job.most is None]
                for one in rest:
                    if one.form.whole:
                        one.write_all(spool.all_entries(one.types))
                _write_chunks([one for one in rest if not one.form.whole], spool)
                done += [one.finish() for one in writings]
    return done


def _write_capped(writings: list["_Writing"], spool: Spool) -> None:
    """Write the files that hold the best entries only, and all withdrawals where their format tells them."""
    if not writings:
        return
    kept = [(one, Best(one.job.most or 0), list[Entry]()) for one in writings]
    for row in spool.all_entries(frozenset[ObservableType]().union(*(one.types for one in writings))):
        ranked = rank(row)
        for one, best, left in kept:
            if row.observable.type in one.types and one.takes(row):
                if row.withdrawal is None:
                    best.show(row, ranked)
                else:
                    left.append(row)
    for one, best, left in kept:
        one.write_all(sorted(best.chosen() + left, key=lambda row: row.observable))


def _write_chunks(writings: list["_Writing"], spool: Spool) -> None:
    """Write the files that are the texts of their chunks, one after the other."""
    for chunk in spool.chunks:
        rows: list[Entry] | None = None
        for one in writings:
            if chunk.type in one.types and not one.copy(chunk):
                rows = rows if rows is not None else spool.entries(chunk)
                one.write(chunk, rows)


class _Writing:
    """One file on its way. Nothing is opened before it is entered."""

    def __init__(self, job: Job, order: Order) -> None:
        self.job, self.order, self.form = job, order, format_named(job.format)
        self.types = self.form.files[job.file]
        keys = b"".join(chunk.key for chunk in order.chunks if chunk.type in self.types)
        self.rows = hashlib.blake2b(keys, digest_size=16).digest()
        self._key = job.key()
        last = order.last.written.get(job.path) if order.last else None
        self._last = last if last is not None and last.job == self._key and _is_whole(last, order) else None
        self._path = order.tree / job.path
        self._digest, self._body = hashlib.sha256(), hashlib.sha256()
        self._size = self._entries = 0
        self._pieces: list[Piece] = []
        self._known: dict[bytes, tuple[int, Piece]] = {}

    def same(self) -> bool:
        """Say whether the last release has this file with these very entries."""
        return self._last is not None and self._last.rows == self.rows

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._path.open("xb")
        self._old: BinaryIO | None = None
        if self._last is not None and self._last.pieces and self.order.last:
            self._old = (self.order.last.tree / self.job.path).open("rb")
            place = self._last.file.size - len(self._tail()) - sum(one.length for one in self._last.pieces)
            for piece in self._last.pieces:
                self._known[piece.key] = (place, piece)
                place += piece.length
        self._out(self.form.head(self.job.file, self.order.made_at).encode(), body=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        if self._old is not None:
            self._old.close()

    def takes(self, row: Entry) -> bool:
        """Say whether an entry may stand in the file."""
        return (
            (row.withdrawal is None or self.form.withdraws)
            and self.job.profile.takes(row)
            and self.form.carries(row, self.job.file)
        )

    def copy(self, chunk: Chunk) -> bool:
        """Take the text of a chunk from the last release, if it is there."""
        place, piece = self._known.get(chunk.key, (0, None))
        if piece is None or self._old is None:
            return False
        self._old.seek(place)
        self._out(self._old.read(piece.length))
        self._entries += piece.entries
        self._pieces.append(piece)
        return True

    def write(self, chunk: Chunk, rows: Sequence[Entry]) -> None:
        """Render a chunk; raises `PublishError` where what is read back is not what was meant."""
        mine = [row for row in rows if self.takes(row)]
        text = "".join(self.form.render(mine, self.job.file))
        entries = self.form.count(text.splitlines(keepends=True)) if mine else 0
        meant = sum(1 for row in mine if row.withdrawal is None)
        if entries != meant:
            raise _unreadable(self.job, f"holds {entries} entries instead of {meant}")
        data = text.encode()
        self._out(data)
        self._entries += entries
        self._pieces.append(Piece(chunk.key, len(data), entries))

    def write_all(self, rows: Iterable[Entry]) -> None:
        """Render all entries of a file that is not made of chunks."""
        for text in self.form.render(filter(self.takes, rows), self.job.file):
            self._out(text.encode())
        self._stream.flush()
        with self._path.open(encoding="utf-8", newline="") as lines:
            self._entries = self.form.count(lines)

    def finish(self) -> Written:
        """End the file; where its entries' text is that of the last release, that file stays."""
        if not self.same():
            self._out(self._tail(), body=False)
            self._stream.flush()
            if self._last is None or self._last.body != self._body.digest():
                return self._written()
            self._path.unlink()
        return self._link()

    def _tail(self) -> bytes:
        return self.form.tail(self.job.file).encode()

    def _out(self, data: bytes, *, body: bool = True) -> None:
        self._size += self._stream.write(data)
        self._digest.update(data)
        if body:
            self._body.update(data)

    def _written(self) -> Written:
        file = ListedFile(
            name=self.job.path,
            format=self.job.format,
            media_type=self.form.media_type_of(self.job.file),
            sha256=self._digest.hexdigest(),
            size=self._size,
            entries=self._entries,
            made_at=self.order.made_at,
        )
        return Written(file, self._key, self.rows, self._body.digest(), tuple(self._pieces))

    def _link(self) -> Written:
        if self._last is None or self.order.last is None:
            raise _unreadable(self.job, "has no last release to be taken from")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.link(self.order.last.tree / self.job.path, self._path)
        pieces = tuple(self._pieces) or self._last.pieces
        return replace(self._last, rows=self.rows, pieces=pieces)


def _is_whole(last: Written, order: Order) -> bool:
    """Say whether a file of the last release still is what was written: what is copied from it goes out again."""
    path = order.last.tree / last.file.name if order.last else None
    return path is not None and path.is_file() and digest_of(path) == last.file.sha256


def _unreadable(job: Job, fault: str) -> PublishError:
    return PublishError(f"{job.path} {fault}; nothing was published, the format {job.format} is at fault")
