"""Say what a release holds, so that whoever fetches a list can tell whether it is whole and who made it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from records import TLP, PublishError
from sharing.formats import ListedFile
from sharing.formats.lines import rfc3339

VERSION = 2  # of the manifest's own shape
MANIFEST, SIGNATURE, PUBLIC_KEY, SUMS = "manifest.json", "manifest.json.minisig", "minisign.pub", "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class ListedProfile:
    """A profile of a release: the highest marking it may hold, and how many standing entries pass it."""

    name: str
    tlp: TLP
    entries: int


@dataclass(frozen=True, slots=True)
class ListedDelta:
    """The changes that led to the release `number`; `size` in bytes."""

    name: str
    number: int
    made_at: datetime
    sha256: str
    size: int
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A whole release, as its readers see it; deltas oldest first, files by name."""

    number: int
    made_at: datetime
    audience: TLP
    profiles: tuple[ListedProfile, ...]
    deltas: tuple[ListedDelta, ...]
    files: tuple[ListedFile, ...]


def manifest_text(manifest: Manifest) -> str:
    """Return the manifest as indented JSON."""
    body = {
        "manifest": VERSION,
        "number": manifest.number,
        "made_at": rfc3339(manifest.made_at),
        "audience": f"TLP:{manifest.audience.label}",
        "profiles": [
            {"name": one.name, "tlp": f"TLP:{one.tlp.label}", "entries": one.entries}
            for one in manifest.profiles
        ],
        "deltas": [_delta(one) for one in manifest.deltas],
        "files": [_entry(file, manifest.profiles) for file in sorted(manifest.files, key=_name)],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def sums_text(digests: Iterable[tuple[str, str]]) -> str:
    """Return (file name, SHA-256) pairs in the form that `sha256sum --check` reads, by file name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests))


def read_deltas(published: Path) -> tuple[ListedDelta, ...]:
    """Return the deltas of the published release; none where there is no manifest of this version."""
    try:
        body = orjson.loads((published / MANIFEST).read_bytes())
        return tuple(map(_delta_of, body["deltas"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def verify(tree: Path, files: Sequence[ListedFile]) -> None:
    """Read written files again; raises `PublishError` that names the first that is not what was written."""
    for file in files:
        path = tree / file.name
        size = path.stat().st_size if path.is_file() else -1
        if size != file.size or digest_of(path) != file.sha256:
            raise PublishError(
                f"{file.name} is not what was written: {max(size, 0)} bytes instead of {file.size}, or altered; "
                "nothing was published, check the disk and release again"
            )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal; raises `OSError`."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _name(file: ListedFile) -> str:
    return file.name


def _entry(file: ListedFile, profiles: Sequence[ListedProfile]) -> dict[str, Any]:
    own = [one.name for one in profiles if one.name and file.name.startswith(f"{one.name}/")]
    return {
        "name": file.name,
        "format": file.format,
        "profile": own[0] if own else "",
        "media_type": file.media_type,
        "sha256": file.sha256,
        "bytes": file.size,
        "entries": file.entries,
        "made_at": rfc3339(file.made_at),
    }


def _delta(one: ListedDelta) -> dict[str, Any]:
    return {
        "name": one.name,
        "number": one.number,
        "made_at": rfc3339(one.made_at),
        "sha256": one.sha256,
        "bytes": one.size,
        "added": one.added,
        "removed": one.removed,
        "changed": one.changed,
    }


def _delta_of(body: dict[str, Any]) -> ListedDelta:
    return ListedDelta(
        name=body["name"],
        number=body["number"],
        made_at=datetime.fromisoformat(body["made_at"]),
        sha256=body["sha256"],
        size=body["bytes"],
        added=body["added"],
        removed=body["removed"],
        changed=body["changed"],
    )
