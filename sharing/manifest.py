"""Say what a release holds, so that whoever fetches a list can tell whether it is whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from records import TLP, PublishError
from sharing.formats import format_named
from sharing.formats.lines import rfc3339

VERSION = 1  # of the manifest's own shape
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One list of a release: `format` is the module's name, `sha256` lower-case hexadecimal, `size` in
    bytes, `entries` the indicators it holds.
    """

    name: str
    format: str
    media_type: str
    sha256: str
    size: int
    entries: int


def documents(files: tuple[ListedFile, ...], *, made_at: datetime, audience: TLP) -> dict[str, str]:
    """Return file name -> text of the manifest and of the checksums, which cover the manifest too.

    The checksums are in the form that `sha256sum --check` reads. Both are in order of file names.
    """
    listed = sorted(files, key=lambda file: file.name)
    manifest = {
        "manifest": VERSION,
        "made_at": rfc3339(made_at),
        "audience": f"TLP:{audience.label}",
        "files": [_entry(file) for file in listed],
    }
    text = json.dumps(manifest, indent=2) + "\n"
    digests = {file.name: file.sha256 for file in listed}
    digests[MANIFEST] = hashlib.sha256(text.encode()).hexdigest()
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return {MANIFEST: text, SUMS: sums}


def verify(tree: Path, files: tuple[ListedFile, ...], texts: Mapping[str, str]) -> None:
    """Read a written release again and compare it with what was meant, `texts` being its `documents`.

    Raises `PublishError` that names the first file that is missing, foreign, altered or miscounted.
    """
    expected = {file.name for file in files} | texts.keys()
    for name in sorted(expected ^ {path.name for path in tree.iterdir()}):
        raise _refusal(name, "is missing from the release" if name in expected else "is not of the release")
    for file in files:
        _verify_list(tree / file.name, file)
    for name, text in texts.items():
        if (tree / name).read_bytes() != text.encode():
            raise _refusal(name, "does not say what the lists hold")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal; raises `OSError`."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _entry(file: ListedFile) -> dict[str, str | int]:
    return {
        "name": file.name,
        "format": file.format,
        "media_type": file.media_type,
        "sha256": file.sha256,
        "bytes": file.size,
        "entries": file.entries,
    }


def _verify_list(path: Path, file: ListedFile) -> None:
    size = path.stat().st_size
    if size != file.size or digest_of(path) != file.sha256:
        raise _refusal(file.name, f"is not what was written: {size} bytes instead of {file.size}, or altered")
    with path.open(encoding="utf-8", newline="") as lines:
        entries = format_named(file.format).count(lines)
    if entries != file.entries:
        raise _refusal(file.name, f"holds {entries} entries instead of {file.entries}")


def _refusal(name: str, fault: str) -> PublishError:
    return PublishError(f"{name} {fault}; nothing was published, check the disk and release again")
