"""Bring a copy of the entries up to a release: by its deltas where they suffice, else whole. Nothing unproven is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from records import UnreadableError
from sharing.formats.ndjson import entry_of
from sharing.manifest import MANIFEST, SIGNATURE, VERSION
from sharing.signature import verify_signature
from sharing.subscribing.fetching import Place

ENTRIES = "indicators.ndjson"
_MANIFEST_SIZE = 16 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """A proven copy: the number and instant of its release, its lines, and what had to be fetched for it."""

    number: int
    made_at: datetime
    lines: tuple[bytes, ...]
    fetched: tuple[str, ...]


def updated(place: Place, public: str, before: Copy | None) -> Copy:
    """Return a copy of the release that is out; raises `UnreadableError`.

    The manifest must bear the signature of the key that is trusted here, and must not be older than the copy that is
    there: who replays an old release could bring back what was withdrawn.
    """
    text = place.read(MANIFEST, largest=_MANIFEST_SIZE)
    verify_signature(text, place.read(SIGNATURE, largest=4_096).decode("utf-8", "replace"), public)
    manifest = _manifest(text)
    number, made_at = manifest["number"], datetime.fromisoformat(manifest["made_at"])
    if before is not None and (number, made_at) < (before.number, before.made_at):
        raise UnreadableError(
            f"the release {number} of {manifest['made_at']} is older than the one that is here; it is not taken"
        )
    wanted = next((file["sha256"] for file in manifest["files"] if file["name"] == ENTRIES), "")
    if before is not None and _digest(before.lines) == wanted:
        return Copy(number, made_at, before.lines, ())
    found = _by_deltas(place, manifest, before) if before is not None else None
    if found is None or _digest(found.lines) != wanted:
        found = Copy(number, made_at, tuple(place.read(ENTRIES).splitlines(keepends=True)), (ENTRIES,))
    if _digest(found.lines) != wanted:
        raise UnreadableError(
            f"{ENTRIES} is not what the manifest says; the lists that are here stay, fetch again"
        )
    return found


def _manifest(text: bytes) -> dict[str, Any]:
    try:
        body: dict[str, Any] = orjson.loads(text)
        if body["manifest"] != VERSION:
            raise UnreadableError(
                f"a manifest of version {body['manifest']}; this Vigie reads {VERSION}, update it"
            )
        return body
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"{MANIFEST} cannot be read: {error}") from error


def _digest(lines: tuple[bytes, ...]) -> str:
    digest = sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def _by_deltas(place: Place, manifest: Mapping[str, Any], before: Copy) -> Copy | None:
    """Apply the deltas since a copy; `None` where one of them is missing or altered."""
    wanted = [one for one in manifest["deltas"] if one["number"] > before.number]
    if [one["number"] for one in wanted] != list(range(before.number + 1, manifest["number"] + 1)):
        return None
    lines = {entry_of(line).observable: line for line in before.lines}
    for one in wanted:
        text = place.read(one["name"], largest=one["bytes"])
        if sha256(text).hexdigest() != one["sha256"]:
            return None
        for change in text.splitlines(keepends=True):
            line = b"{" + change.partition(b",")[2]
            if change.startswith(b'{"change":"removed"'):
                lines.pop(entry_of(line).observable, None)
            else:
                lines[entry_of(line).observable] = line
    made_at = datetime.fromisoformat(manifest["made_at"])
    names = tuple(one["name"] for one in wanted)
    return Copy(manifest["number"], made_at, tuple(lines[item] for item in sorted(lines)), names)


def read_copy(folder: Path) -> Copy | None:
    """Return the copy that is kept in a folder, `None` where there is none that is whole."""
    try:
        said = json.loads((folder / "copy.json").read_text("utf-8"))
        lines = tuple((folder / said["lines"]).read_bytes().splitlines(keepends=True))
        if _digest(lines) != said["sha256"]:
            return None
        return Copy(said["number"], datetime.fromisoformat(said["made_at"]), lines, ())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_copy(folder: Path, copy: Copy) -> None:
    """Keep a copy in a folder: its lines first, then the note that names them; raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    name = next(
        one for one in (f"copy-{copy.number}-{n}.ndjson" for n in count()) if not (folder / one).exists()
    )
    (folder / name).write_bytes(b"".join(copy.lines))
    note = {
        "number": copy.number,
        "made_at": copy.made_at.isoformat(),
        "lines": name,
        "sha256": _digest(copy.lines),
    }
    part = folder / "copy.json.part"
    part.write_text(json.dumps(note), "utf-8")
    part.replace(folder / "copy.json")
    for path in folder.glob("copy-*.ndjson"):
        if path.name != name:
            path.unlink()
