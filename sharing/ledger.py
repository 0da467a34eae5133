"""Keep the append-only log of releases: what each one changed, so that any list of the past can be made again.

One file per release, `00000123.ndjson.gz`: a header, then the changes as deltas tell them. Each header bears the
SHA-256 of the file before it, so nothing in the middle can be altered or dropped unseen. Beside them lie the
state, `entries-00000123.ndjson`, every line of the last release, and checkpoints of it.
"""

import gzip
import heapq
import os
import re
import shutil
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import orjson

from records import TLP, Entry, PublishError, parse_tlp
from sharing.comparing import is_remembered
from sharing.formats import ListedFile
from sharing.formats.lines import rfc3339
from sharing.formats.ndjson import entry_of

_LOG = re.compile(r"(\d{8})\.ndjson\.gz")
_CHECKPOINT = re.compile(r"(\d{8})\.entries\.ndjson\.gz")
_LEVEL = 3  # of gzip: more costs time at every release and saves little


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the ledger notes of a release.

    `profiles` and `tally` are kept as they are given, `formats` are the versions of the formats by name, `approval`
    says who let the interlock's holds pass and why. The ledger itself fills in `previous`, the SHA-256 of the log
    before it, and `since`, the changes since lines were last kept whole.
    """

    number: int
    made_at: datetime
    audience: TLP
    profiles: tuple[Mapping[str, Any], ...]
    files: tuple[ListedFile, ...]
    formats: Mapping[str, int]
    tally: Mapping[str, Any]
    approval: Mapping[str, str] | None = None
    entries: int
    changes: Mapping[str, int]
    previous: str = ""
    since: int = 0


def append(folder: Path, noted: Noted, changes: Iterable[bytes], state: Path) -> None:
    """Note a release and take `state`, a file of all its lines, as the ledger's own.

    A release is noted once its log has its name; what comes after can be made again from the logs. Raises
    `OSError`, and `PublishError` where the number was given already.
    """
    before = last(folder)
    since = (before.since if before else 0) + sum(noted.changes.values())
    keep = before is not None and since > noted.entries
    path = _log(folder, noted.number)
    part = path.with_suffix(".part")
    with part.open("wb") as raw:
        with _packing(raw) as stream:
            previous = _digest_before(folder, noted.number)
            stream.write(_header(replace(noted, previous=previous, since=0 if keep else since)))
            stream.writelines(changes)
        raw.flush()
        os.fsync(raw.fileno())
    try:
        os.link(part, path)
    except FileExistsError as error:
        raise PublishError(
            f"{path}: the release {noted.number} is noted already; run one at a time"
        ) from error
    finally:
        part.unlink()
    os.replace(state, _state(folder, noted.number))
    _forget_states(folder, noted.number)
    if keep:
        _checkpoint(folder, noted.number)


def last(folder: Path) -> Noted | None:
    """Return the last release, `None` where there was none yet."""
    numbers = _numbers(folder)
    return _read_header(_log(folder, numbers[-1])) if numbers else None


def releases(folder: Path) -> Iterator[Noted]:
    """Yield all releases, oldest first; raises `PublishError` at one that cannot be read."""
    return (_read_header(_log(folder, number)) for number in _numbers(folder))


def noted_at(folder: Path, at: datetime) -> Noted:
    """Return the release that was out at an instant; raises `PublishError` where there was none yet."""
    numbers = _numbers(folder)
    place = bisect_right(numbers, at, key=lambda number: _read_header(_log(folder, number)).made_at)
    if not place:
        raise PublishError(
            f"the ledger in {folder} knows no release at {rfc3339(at)}; ask for a later instant"
        )
    return _read_header(_log(folder, numbers[place - 1]))


def state_of(folder: Path) -> Path | None:
    """Return the file of all lines of the last release, made again from the logs where a crash took it."""
    numbers = _numbers(folder)
    if not numbers:
        return None
    path = _state(folder, numbers[-1])
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("wb") as stream:
            stream.writelines(lines_of(folder, numbers[-1]))
        part.replace(path)
    return path


def lines_of(folder: Path, number: int) -> Iterator[bytes]:
    """Yield all lines of a release, sorted by type and value, made from the logs; raises `PublishError`.

    What is kept in memory are the changes since the last checkpoint.
    """
    start = max((one for one in _numbers(folder, _CHECKPOINT) if one <= number), default=0)
    since: dict[tuple[str, str], bytes] = {}
    for one in _numbers(folder):
        if start < one <= number:
            for change in changes_of(folder, one):
                line = b"{" + change[change.index(b",") + 1 :]
                since[_key(line)] = line
    base = _unpacked(folder / f"{start:08}.entries.ndjson.gz") if start else iter(())
    old = ((key, line) for line in base if (key := _key(line)) not in since)
    merged = heapq.merge(old, sorted(since.items()))
    made_at = _read_header(_log(folder, number)).made_at
    return (line for _, line in merged if b',"withdrawn":{' not in line or _is_remembered(line, made_at))


def _is_remembered(line: bytes, made_at: datetime) -> bool:
    entry = entry_of(line)
    return entry.withdrawal is None or is_remembered(entry.withdrawal, made_at)


def entries_of(folder: Path, number: int) -> Iterator[Entry]:
    """Yield all entries of a release, and the withdrawals it remembered."""
    return map(entry_of, lines_of(folder, number))


def changes_of(folder: Path, number: int) -> Iterator[bytes]:
    """Yield the lines of a release's log below its header."""
    lines = _unpacked(_log(folder, number))
    next(lines)
    yield from lines


def verify(folder: Path) -> list[str]:
    """Return a sentence for each release whose log is missing, damaged or not what the next one says it was."""
    faults, before, expected = [], "", 1
    for number in _numbers(folder):
        path = _log(folder, number)
        if number != expected:
            faults.append(f"{folder}: the releases {expected} to {number - 1} are missing")
        try:
            noted = _read_header(path)
            for _ in changes_of(folder, number):
                pass
            if number == expected and noted.previous != before:
                faults.append(
                    f"{path}: the release before it is not the one it followed: one of them was altered"
                )
        except PublishError as error:
            faults.append(str(error))
        before, expected = sha256(path.read_bytes()).hexdigest(), number + 1
    return faults


def _log(folder: Path, number: int) -> Path:
    return folder / f"{number:08}.ndjson.gz"


def _state(folder: Path, number: int) -> Path:
    return folder / f"entries-{number:08}.ndjson"


def _numbers(folder: Path, names: re.Pattern[str] = _LOG) -> list[int]:
    found = (names.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(name[1]) for name in found if name)


def _digest_before(folder: Path, number: int) -> str:
    before = _log(folder, number - 1)
    return sha256(before.read_bytes()).hexdigest() if before.exists() else ""


def _forget_states(folder: Path, number: int) -> None:
    for path in folder.glob("entries-*.ndjson"):
        if path != _state(folder, number):
            path.unlink()


def _checkpoint(folder: Path, number: int) -> None:
    """Keep all lines of a release beside its log."""
    path = folder / f"{number:08}.entries.ndjson.gz"
    part = path.with_suffix(".part")
    with _state(folder, number).open("rb") as lines, part.open("wb") as raw, _packing(raw) as stream:
        shutil.copyfileobj(lines, stream)
    part.replace(path)


def _packing(raw: IO[bytes]) -> gzip.GzipFile:
    """Compress into a file; the same bytes in give the same bytes out (RFC 1952: no name, no time)."""
    return gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_LEVEL, mtime=0)


def _key(line: bytes) -> tuple[str, str]:
    body = orjson.loads(line)
    return body["type"], body["value"]


def _unpacked(path: Path) -> Iterator[bytes]:
    """Yield the lines of a compressed file; raises `PublishError` where it is cut off or altered."""
    try:
        with gzip.open(path, "rb") as stream:
            yield from stream
    except (OSError, EOFError, zlib.error) as error:
        raise PublishError(
            f"{path}: the ledger is damaged here ({error}); bring this file back from your backup"
        ) from error


def _header(noted: Noted) -> bytes:
    body = {
        "release": noted.number,
        "made_at": rfc3339(noted.made_at),
        "audience": noted.audience.label,
        "previous": noted.previous,
        "since": noted.since,
        "profiles": noted.profiles,
        "formats": noted.formats,
        "entries": noted.entries,
        "changes": noted.changes,
        "tally": noted.tally,
        "approval": noted.approval,
        "files": [_file(file) for file in noted.files],
    }
    return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)


def _file(file: ListedFile) -> dict[str, Any]:
    return asdict(file) | {"made_at": rfc3339(file.made_at)}


def _read_header(path: Path) -> Noted:
    """Return what the ledger notes of a release; raises `PublishError`."""
    line = next(_unpacked(path), b"")
    try:
        body = orjson.loads(line)
        return Noted(
            number=body["release"],
            made_at=datetime.fromisoformat(body["made_at"]),
            audience=parse_tlp(body["audience"]),
            profiles=tuple(body["profiles"]),
            files=tuple(
                ListedFile(**(file | {"made_at": datetime.fromisoformat(file["made_at"])}))
                for file in body["files"]
            ),
            formats=body["formats"],
            tally=body["tally"],
            approval=body["approval"],
            previous=body["previous"],
            entries=body["entries"],
            changes=body["changes"],
            since=body["since"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PublishError(
            f"{path}: the ledger is damaged here (its header cannot be read); bring this file back from your backup"
        ) from error
