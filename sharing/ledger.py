"""Keep the append-only log of releases: what each one changed, so that any list of the past can be made again.

One file per release, `00000123.ndjson.gz`: a header, then the changes as deltas tell them, sorted by type and value.
Each header bears the SHA-256 of the file before it, so nothing in the middle can be altered or dropped unseen. Beside
them lie the state, `entries-00000123.ndjson`, every line of the last release, and checkpoints, the states of some
releases of the past: both can be made again from the logs.
"""

import heapq
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import orjson

from records import Entry, PublishError
from sharing.comparing import is_remembered
from sharing.formats.lines import rfc3339
from sharing.formats.ndjson import entry_of
from sharing.ledger_files import (
    CHECKPOINT,
    LOG,
    STATE,
    Noted,
    checkpoint_path,
    damaged,
    header_line,
    log_path,
    numbers,
    pack,
    read_header,
    settle,
    state_path,
    unpacked,
)
from sharing.manifest import digest_of

__all__ = [
    "Noted",
    "append",
    "changes_of",
    "entries_of",
    "last",
    "lines_of",
    "noted_at",
    "releases",
    "state_of",
    "verify",
]


def append(folder: Path, noted: Noted, changes: Iterable[bytes], state: Path) -> None:
    """Note a release and take `state`, a file of all its lines on the same disk, as the ledger's own.

    A release is noted once its log has its name; what comes after can be made again from the logs. There is a checkpoint
    whenever the changes since the last one are more than half the entries, which bounds time and memory of making a
    release again. Raises `OSError`, and `PublishError` where the number was given already.
    """
    before = last(folder)
    since = before.since + sum(noted.changes.values()) if before else 0
    keep = since > noted.entries // 2
    settle(state)
    full = replace(
        noted,
        previous=digest_of(log_path(folder, before.number)) if before else "",
        state=digest_of(state),
        since=0 if keep else since,
    )
    _write_log(log_path(folder, noted.number), full, changes)
    os.replace(state, state_path(folder, noted.number))
    _forget_states(folder, noted.number)
    if keep:
        _write_checkpoint(folder, noted.number)
    settle(folder)


def _write_log(path: Path, noted: Noted, changes: Iterable[bytes]) -> None:
    """Write a log, then give it its name unless another has it."""
    part = path.with_suffix(".part")
    try:
        pack(part, _header_and(noted, changes))
        os.link(part, path)
    except FileExistsError as error:
        raise PublishError(
            f"{path}: the release {noted.number} is noted already; run one at a time"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    settle(path.parent)


def _header_and(noted: Noted, changes: Iterable[bytes]) -> Iterator[bytes]:
    yield header_line(noted)
    yield from changes


def _write_checkpoint(folder: Path, number: int) -> None:
    """Keep all lines of the last release beside its log."""
    path = checkpoint_path(folder, number)
    part = path.with_suffix(".part")
    with state_path(folder, number).open("rb") as lines:
        pack(part, lines)
    part.replace(path)


def _forget_states(folder: Path, number: int) -> None:
    for one in numbers(folder, STATE):
        if one != number:
            state_path(folder, one).unlink()


def last(folder: Path) -> Noted | None:
    """Return the last release, `None` where there was none yet."""
    known = numbers(folder, LOG)
    return read_header(log_path(folder, known[-1])) if known else None


def releases(folder: Path) -> Iterator[Noted]:
    """Yield all releases, oldest first; raises `PublishError` at one that cannot be read."""
    return (read_header(log_path(folder, number)) for number in numbers(folder, LOG))


def noted_at(folder: Path, at: datetime) -> Noted:
    """Return the release that was out at an instant; raises `PublishError` where there was none yet."""
    known = numbers(folder, LOG)
    place = bisect_right(known, at, key=lambda number: read_header(log_path(folder, number)).made_at)
    if not place:
        raise PublishError(
            f"the ledger in {folder} knows no release at {rfc3339(at)}; ask for a later instant"
        )
    return read_header(log_path(folder, known[place - 1]))


def state_of(folder: Path) -> Path | None:
    """Return the file of all lines of the last release; `None` where there was none yet.

    It is made again from the logs where a crash took it, or where it is not what was noted.
    """
    noted = last(folder)
    if noted is None:
        return None
    path = state_path(folder, noted.number)
    if not path.exists() or digest_of(path) != noted.state:
        part = path.with_suffix(".part")
        with part.open("wb") as stream:
            stream.writelines(lines_of(folder, noted.number))
        part.replace(path)
    return path


def lines_of(folder: Path, number: int) -> Iterator[bytes]:
    """Yield all lines of a release, sorted by type and value, made from the logs.

    What is kept in memory are the changes since the last checkpoint. Raises `PublishError` where a file is damaged, or,
    after the last line, where the lines are not those that were noted.
    """
    return _replayed(folder, number, _base(folder, number))


def _replayed(folder: Path, number: int, first: int) -> Iterator[bytes]:
    """Yield all lines of a release, made from those of its base, the release `first`, and the logs after it."""
    noted = read_header(log_path(folder, number))
    base = _base_lines(folder, first)
    since: dict[str, bytes] = {}
    for one in range(first + 1, number + 1):
        since.update(_keyed(log_path(folder, one), _changed_lines(folder, one), noted.made_at))
    kept = ((key, line) for key, line in _keyed(*base, noted.made_at) if key not in since)
    digest = sha256()
    for _, line in heapq.merge(kept, ((key, since[key]) for key in sorted(since))):
        digest.update(line)
        if line:
            yield line
    if digest.hexdigest() != noted.state:
        raise damaged(log_path(folder, number), "what the logs say is not the lines that it noted")


def entries_of(folder: Path, number: int) -> Iterator[Entry]:
    """Yield all entries of a release, and the withdrawals it remembered."""
    return map(entry_of, lines_of(folder, number))


def changes_of(folder: Path, number: int) -> Iterator[bytes]:
    """Yield the lines of a release's log below its header; raises `PublishError`."""
    path = log_path(folder, number)
    lines = unpacked(path)
    if not next(lines, b""):
        raise damaged(path, "it is empty")
    yield from lines


def _base(folder: Path, number: int) -> int:
    """Return the release from which another is made: the one of the last checkpoint, else the first."""
    return max((one for one in numbers(folder, CHECKPOINT) if one <= number), default=1)


def _base_lines(folder: Path, number: int) -> tuple[Path, Iterator[bytes]]:
    """Return the file and lines of a checkpoint; where there is none, of the first log, which only adds."""
    path = checkpoint_path(folder, number)
    if path.exists():
        return path, unpacked(path)
    return log_path(folder, number), _changed_lines(folder, number)


def _changed_lines(folder: Path, number: int) -> Iterator[bytes]:
    """Yield the lines of a log's changes as lists have them, without `change`."""
    return (b"{" + change.partition(b",")[2] for change in changes_of(folder, number))


def _keyed(path: Path, lines: Iterable[bytes], made_at: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield (type and value, line) of the lines of a file; the line is empty where it tells a withdrawal that a release
    of `made_at` does not tell any more.
    """
    for line in lines:
        try:
            body = orjson.loads(line)
            key = f"{body['type']}\0{body['value']}"
            gone = entry_of(line).withdrawal if "withdrawn" in body else None
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(path, f"a line cannot be read: {error}") from error
        yield key, line if gone is None or is_remembered(gone, made_at) else b""


def verify(folder: Path) -> list[str]:
    """Return a sentence for each file that is missing, damaged or not what the ledger noted of it; none where all is
    whole.

    That the last log is the one that was written, only what was published with it can prove.
    """
    faults, before, expected = [], "", 1
    for number in numbers(folder, LOG):
        path = log_path(folder, number)
        if number != expected:
            faults.append(f"{folder}: the releases {expected} to {number - 1} are missing")
        try:
            noted = read_header(path)
            for _ in changes_of(folder, number):
                pass
            if number == expected and noted.previous != before:
                faults.append(
                    f"{path}: the release before it is not the one it followed: one of them was altered"
                )
        except PublishError as error:
            faults.append(str(error))
        before, expected = digest_of(path), number + 1
    later = [one for one in numbers(folder, STATE) if one >= expected]
    if later:
        faults.append(f"{folder}: the releases {expected} to {later[-1]} are missing")
    return faults or _unlike(folder, expected - 1)


def _unlike(folder: Path, number: int) -> list[str]:
    """Return a sentence for each checkpoint whose lines are not those that its log noted, and for the last release
    where its lines cannot be made again from its own log.
    """
    faults = []
    for one in numbers(folder, CHECKPOINT):
        path = checkpoint_path(folder, one)
        try:
            if _digest(unpacked(path)) != read_header(log_path(folder, one)).state:
                faults.append(str(damaged(path, "its lines are not those that the log noted")))
        except PublishError as error:
            faults.append(str(error))
    if not faults and number:
        try:
            _digest(_replayed(folder, number, _base(folder, number - 1)))
        except PublishError as error:
            faults.append(str(error))
    return faults


def _digest(lines: Iterable[bytes]) -> str:
    digest = sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()
