"""Read what a released tree of lists offers by TAXII, and take the next release when it is there."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from records import TLP, PublishError, parse_tlp, record_id
from sharing.manifest import MANIFEST, VERSION, digest_of
from sharing.taxii.index import Index, read_index

FORMAT = "stix21"

_log = logging.getLogger("vigie.taxii")


@dataclass(frozen=True, slots=True)
class Collection:
    """What one profile holds; `tlp` is the highest marking in it, `sha256` that of the file behind `index`."""

    id: str
    profile: str
    tlp: TLP
    sha256: str
    index: Index = field(repr=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One release: its number, the highest marking it may hold, and its collections by identifier."""

    number: int
    audience: TLP
    collections: Mapping[str, Collection]

    def below(self, root: TLP) -> list[Collection]:
        """Return the collections that an API root shows."""
        return [one for one in self.collections.values() if one.tlp <= root]


def collection_id(profile: str) -> str:
    """Return the identifier of a profile's collection, the same in every release and deployment."""
    return record_id("taxii", profile)


def read_snapshot(tree: Path, last: Snapshot | None = None) -> Snapshot:
    """Read a released tree; files that `last` has read already are not read again.

    Raises `PublishError` where the tree is not whole or not of this shape.
    """
    try:
        body = orjson.loads((tree / MANIFEST).read_bytes())
        if body["manifest"] != VERSION:
            raise PublishError(f"{tree / MANIFEST}: not a manifest of version {VERSION}; release again")
        known = {one.sha256: one for one in last.collections.values()} if last else {}
        files = {one["profile"]: one for one in body["files"] if one["format"] == FORMAT}
        read = [
            _collection(tree, files[one["name"]], parse_tlp(one["tlp"]), known)
            for one in body["profiles"]
            if one["name"] in files
        ]
        return Snapshot(body["number"], parse_tlp(body["audience"]), {one.id: one for one in read})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{tree}: no whole release to serve: {error!r}; release again") from error


def _collection(tree: Path, file: dict[str, Any], tlp: TLP, known: Mapping[str, Collection]) -> Collection:
    """Read a profile's file after comparing it with the manifest; raises `PublishError` and `OSError`."""
    profile, digest = file["profile"], file["sha256"]
    before = known.get(digest)
    if before is not None and before.tlp <= tlp:
        return Collection(collection_id(profile), profile, tlp, digest, before.index)
    path = tree / file["name"]
    if digest_of(path) != digest:
        raise PublishError(f"{path}: not the file that its manifest names; release again")
    return Collection(collection_id(profile), profile, tlp, digest, read_index(path, tlp))


class Lists:
    """The lists as last published. Another release is read in a thread, while the last one answers."""

    def __init__(self, published: Path) -> None:
        self._published = published
        self._lock = threading.Lock()
        self._seen: tuple[Path, int, int] | None = None
        self._snapshot: Snapshot | None = None

    def current(self) -> Snapshot | None:
        """Return the newest release that was read, `None` before there is one; the first is waited for."""
        if self._snapshot is None:
            with self._lock:
                self._take()
        elif self._stands() not in (None, self._seen) and self._lock.acquire(blocking=False):
            threading.Thread(target=self._take_and_unlock, name="vigie-taxii", daemon=True).start()
        return self._snapshot

    def _take_and_unlock(self) -> None:
        try:
            self._take()
        finally:
            self._lock.release()

    def _take(self) -> None:
        """Read the published release unless it was seen; one that cannot be served is told once."""
        stands = self._stands()
        if stands is None or stands == self._seen:
            return
        try:
            self._snapshot = read_snapshot(stands[0], self._snapshot)
            _log.info(
                "taxii: release=%d collections=%d", self._snapshot.number, len(self._snapshot.collections)
            )
        except PublishError as error:
            _log.error("taxii: the last release stays: %s", error)
        self._seen = stands

    def _stands(self) -> tuple[Path, int, int] | None:
        """Return which tree is published, and which manifest in it; `None` where there is none."""
        try:
            tree = self._published.resolve(strict=True)
            state = (tree / MANIFEST).stat()
        except OSError:
            return None
        return tree, state.st_ino, state.st_mtime_ns
