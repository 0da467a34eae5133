"""Bring a tree of files to what it must be, making only what is not there yet.

Every file is a `Target`: its key is a digest of all that its bytes depend on, so a file with the same key
is the same file. A tree remembers the keys of its files in a list beside it; without the list nothing of
the tree is believed. Readers are on another tree meanwhile (`swap`).
"""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import orjson

from records import PublishError


@dataclass(frozen=True, slots=True)
class Target:
    """A file to publish: its path in the tree, the digest of all it depends on, and how to make it."""

    path: str
    key: str
    make: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Brought:
    """What bringing a tree up did: files in it, made anew, taken from the last tree, removed."""

    files: int
    made: int
    linked: int
    removed: int


def keys_of(tree: Path) -> dict[str, str]:
    """Return the keys of a tree's files by path, those only that are there with the size they had; nothing
    where the tree is not known to be whole.
    """
    try:
        kept = orjson.loads(_list(tree).read_bytes())
        return {path: key for path, (key, size) in kept.items() if _size(f"{tree}/{path}") == size}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def begin(tree: Path) -> dict[str, str]:
    """Return the keys of what a tree holds, and stop believing it until `bring_up` has ended.

    A tree that is not known to be whole is emptied first.
    """
    has = keys_of(tree)
    _list(tree).unlink(missing_ok=True)
    if not has:
        for path in tree.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return has


def bring_up(
    tree: Path, targets: Iterable[Target], *, has: Mapping[str, str], last: Path | None = None
) -> Brought:
    """Make `tree` hold exactly the targets; a file of `last` with the same key is linked, not made.

    `has` are the keys of what is in the tree already, as `begin` says and as was put into it since. Files
    are replaced, never written into, since other trees share them. Raises `PublishError` for two targets of
    one path, and whatever `make` raises: the tree is then not known to be whole.
    """
    other: dict[str, str] | None = None  # read when something is missing for the first time
    keys: dict[str, str] = {}
    made = linked = 0
    for target in targets:
        if target.path in keys:
            raise PublishError(f"two pages claim the address {target.path}; the last site stands")
        keys[target.path] = target.key
        if has.get(target.path) == target.key:
            continue
        if other is None:
            other = keys_of(last) if last else {}
        if last and other.get(target.path) == target.key:
            _link(last / target.path, tree / target.path)
            linked += 1
        else:
            write(tree / target.path, target.make())
            made += 1
    removed = _remove(tree, has, keys)
    _note(tree, keys)
    return Brought(len(keys), made, linked, removed)


def put(tree: Path, path: str, body: bytes) -> None:
    """Replace one file of a tree that readers may be on, and remember what it is now."""
    keys = keys_of(tree)
    write(tree / path, body)
    if keys:
        _note(tree, keys | {path: key_of(body)})


def ready(path: str, body: bytes) -> Target:
    """Return a file whose bytes are there already."""
    return Target(path, key_of(body), lambda: body)


def key_of(body: bytes) -> str:
    """Return the key of a file that depends on nothing but these bytes."""
    return blake2b(body, digest_size=16).hexdigest()


def write(path: Path, body: bytes) -> None:
    """Write a file beside its place, then put it there: whoever shares the old one keeps it."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(body)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(body)
    beside.replace(path)


def _link(source: Path, path: Path) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    try:
        os.link(source, beside)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, beside)
    beside.replace(path)


def _remove(tree: Path, has: Mapping[str, str], wanted: Mapping[str, str]) -> int:
    """Remove what is no longer wanted, and the folders that are left empty."""
    gone = has.keys() - wanted.keys()
    for name in gone:
        path = tree / name
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == tree or any(folder.iterdir()):
                break
            folder.rmdir()
    return len(gone)


def _note(tree: Path, keys: Mapping[str, str]) -> None:
    """Note the keys of a tree's files, with their sizes: a power cut may leave a file that is cut short."""
    kept = {path: (key, _size(f"{tree}/{path}")) for path, key in sorted(keys.items())}
    write(_list(tree), orjson.dumps(kept))


def _size(path: str) -> int:
    """Return the size of a file in bytes, -1 where there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def _list(tree: Path) -> Path:
    """Where the keys of a tree are: beside it, so that they are not published."""
    return tree.with_name(f"{tree.name}.keys.json")
