"""Read a published release: what it holds, and what changed since another one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import orjson

from records import TLP, PublishError, parse_tlp
from sharing.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS, VERSION, digest_of

SNAPSHOT = "indicators.ndjson"
ABOUT = (PUBLIC_KEY, SUMS, SIGNATURE, MANIFEST)  # sent last, the manifest after all it names
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of a release; `tlp` is the highest marking it may hold, `number` the release a delta leads to, else 0."""

    name: str
    path: Path
    sha256: str
    media_type: str
    tlp: TLP
    number: int = 0

    def lines(self) -> Iterator[bytes]:
        """Yield its lines; raises `PublishError` where it is not what was released, and `OSError`."""
        if digest_of(self.path) != self.sha256:
            raise PublishError(f"{self.name} is not what was released; make the release again, then push")
        with self.path.open("rb") as stream:
            yield from stream


@dataclass(frozen=True, slots=True)
class Published:
    """A whole release: its lists, and its deltas, oldest first."""

    number: int
    made_at: datetime
    files: tuple[PublishedFile, ...]
    deltas: tuple[PublishedFile, ...]
    tree: Path

    @property
    def snapshot(self) -> PublishedFile:
        """The list of all entries; raises `PublishError` where the release has none."""
        for file in self.files:
            if file.name == SNAPSHOT:
                return file
        raise PublishError(f"the release has no {SNAPSHOT}; add the format ndjson to the lists")

    def since(self, number: int) -> tuple[PublishedFile, ...] | None:
        """Return the deltas that lead here from a release, `None` where the chain is broken."""
        chain = tuple(one for one in self.deltas if one.number > number)
        wanted = list(range(number + 1, self.number + 1))
        return chain if 0 < number <= self.number and [one.number for one in chain] == wanted else None

    def chosen(self, patterns: tuple[str, ...], ceiling: TLP) -> tuple[PublishedFile, ...]:
        """Return the files that some patterns name and a ceiling lets pass; manifest and signature stand last."""
        named = (one for one in (*self.files, *self.deltas) if one.tlp <= ceiling)
        lists = tuple(one for one in named if any(fnmatchcase(one.name, text) for text in patterns))
        return lists + tuple(_about(self.tree, name) for name in ABOUT if (self.tree / name).is_file())


def read_published(published: Path) -> Published:
    """Read a published release; what is swapped in later does not touch it. Raises `PublishError`."""
    tree = published.resolve()
    try:
        body = orjson.loads((tree / MANIFEST).read_bytes())
        if body["manifest"] != VERSION:
            raise ValueError("another version")
        audience = parse_tlp(body["audience"])
        levels = {one["name"]: parse_tlp(one["tlp"]) for one in body["profiles"]}
        files = [
            _file(tree, one, levels.get(one["profile"], audience), media_type=one["media_type"])
            for one in body["files"]
        ]
        deltas = [_file(tree, one, audience, number=one["number"]) for one in body["deltas"]]
        made_at = datetime.fromisoformat(body["made_at"])
        return Published(body["number"], made_at, tuple(files), tuple(deltas), tree)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PublishError(
            f"{published} holds no release that can be read; run vigie release first"
        ) from error


def _file(
    tree: Path, body: dict[str, str], tlp: TLP, *, number: int | str = 0, media_type: str = ""
) -> PublishedFile:
    """Return what a manifest says of a file; raises `ValueError` for a name that leads elsewhere."""
    name = body["name"]
    if not _NAME.fullmatch(name):
        raise ValueError(f"a file called {name[:80]!r}")
    media_type = media_type or "application/x-ndjson"
    return PublishedFile(name, tree / name, body["sha256"], media_type, tlp, int(number))


def _about(tree: Path, name: str) -> PublishedFile:
    kind = "application/json" if name == MANIFEST else "text/plain; charset=utf-8"
    return PublishedFile(name, tree / name, digest_of(tree / name), kind, TLP.CLEAR)
