"""Files whose hashes are known: the sample lists are made of the hashes of these."""

from collections.abc import Iterable
from hashlib import md5, sha1, sha256
from pathlib import Path
from tempfile import mkdtemp

from records import Observable, ObservableType

_DIGESTS = {ObservableType.MD5: md5, ObservableType.SHA1: sha1, ObservableType.SHA256: sha256}


def content(number: int) -> bytes:
    """Return what the sample file of a number holds."""
    return f"sample {number}\n".encode()


def hashed(kind: ObservableType, number: int) -> Observable:
    """Return the hash of a sample file."""
    return Observable(kind, _DIGESTS[kind](content(number)).hexdigest())


def presented(items: Iterable[Observable], work: Path) -> tuple[Path, dict[Observable, str]]:
    """Write the sample files of some hashes into a new folder; return it, and the name of each item's file."""
    known = {hashed(kind, number): number for kind in _DIGESTS for number in range(64)}
    folder, names = Path(mkdtemp(dir=work)), {}
    for item in items:
        if item in known:
            names[item] = f"{item.type.value}-{known[item]}"
            (folder / names[item]).write_bytes(content(known[item]))
    return folder, names
