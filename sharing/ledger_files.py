"""Name the files of the ledger, say what stands in them, and put them on the disk so that no crash leaves half of one."""

import gzip
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from records import TLP, PublishError, parse_tlp
from sharing.formats import ListedFile
from sharing.formats.lines import rfc3339

LOG = re.compile(r"(\d{8})\.ndjson\.gz")
CHECKPOINT = re.compile(r"(\d{8})\.entries\.ndjson\.gz")
STATE = re.compile(r"entries-(\d{8})\.ndjson")
_LEVEL = 3  # of gzip: more costs time at every release and saves little


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the ledger notes of a release.

    `profiles` and `tally` are kept as they are given, `formats` are the versions of the formats by name, `approval`
    says who let the interlock's holds pass and why. The ledger itself fills in `previous`, the SHA-256 of the log
    before it, `state`, that of all its lines, and `since`, the changes since the last checkpoint.
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
    state: str = ""
    since: int = 0


def log_path(folder: Path, number: int) -> Path:
    """Return where the log of a release stands."""
    return folder / f"{number:08}.ndjson.gz"


def checkpoint_path(folder: Path, number: int) -> Path:
    """Return where the checkpoint of a release stands, where it has one."""
    return folder / f"{number:08}.entries.ndjson.gz"


def state_path(folder: Path, number: int) -> Path:
    """Return where the state of a release stands while it is the last one."""
    return folder / f"entries-{number:08}.ndjson"


def numbers(folder: Path, names: re.Pattern[str]) -> list[int]:
    """Return the numbers of the releases that have a file of some name, in order; none without a folder."""
    found = (names.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(name[1]) for name in found if name)


def pack(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines compressed, down to the disk; the same lines give the same bytes (RFC 1952: no name, no time)."""
    with path.open("wb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_LEVEL, mtime=0) as stream:
            stream.writelines(lines)
        raw.flush()
        os.fsync(raw.fileno())


def unpacked(path: Path) -> Iterator[bytes]:
    """Yield the lines of a compressed file; raises `PublishError` where it is missing, cut off or altered."""
    try:
        with gzip.open(path, "rb") as stream:
            yield from stream
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, str(error)) from error


def settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk and not only on their way (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def header_line(noted: Noted) -> bytes:
    """Return the first line of a log."""
    body = {
        "release": noted.number,
        "made_at": rfc3339(noted.made_at),
        "audience": noted.audience.label,
        "previous": noted.previous,
        "state": noted.state,
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


def read_header(path: Path) -> Noted:
    """Return what a log's first line says; raises `PublishError`."""
    line = next(unpacked(path), b"")
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
            state=body["state"],
            since=body["since"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, "its header cannot be read") from error


def damaged(path: Path, why: str) -> PublishError:
    """Return the error that names a damaged file and says what to do."""
    if CHECKPOINT.fullmatch(path.name):
        return PublishError(f"{path}: this checkpoint is damaged ({why}); remove it: the logs say the same")
    return PublishError(f"{path}: the ledger is damaged here ({why}); bring this file back from your backup")
