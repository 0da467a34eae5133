"""Remember beside a tree of lists how each file of it was made, so that the next release can take what is the same."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from sharing.formats import ListedFile
from sharing.formats.lines import rfc3339
from sharing.writing import Last, Piece, Written


def remember(tree: Path, written: Iterable[Written]) -> None:
    """Write down how the files of a tree were made."""
    _beside(tree).write_bytes(orjson.dumps({one.file.name: _body(one) for one in written}))


def remembered(published: Path) -> Last | None:
    """Return the published tree and how its files were made; `None` where that is not known.

    A file that has not the size it had is not believed.
    """
    tree = published.resolve()
    try:
        bodies = orjson.loads(_beside(tree).read_bytes())
        known = {name: _written(name, body) for name, body in bodies.items()}
        whole = {name: one for name, one in known.items() if (tree / name).stat().st_size == one.file.size}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Last(tree, whole)


def _beside(tree: Path) -> Path:
    return tree.with_name(f"{tree.name}.keys.json")


def _body(one: Written) -> dict[str, Any]:
    return {
        "format": one.file.format,
        "media_type": one.file.media_type,
        "sha256": one.file.sha256,
        "size": one.file.size,
        "entries": one.file.entries,
        "made_at": rfc3339(one.file.made_at),
        "job": one.job,
        "rows": one.rows.hex(),
        "body": one.body.hex(),
        "keys": b"".join(piece.key for piece in one.pieces).hex(),
        "lengths": [piece.length for piece in one.pieces],
        "held": [piece.entries for piece in one.pieces],
    }


def _written(name: str, body: dict[str, Any]) -> Written:
    keys = bytes.fromhex(body["keys"])
    file = ListedFile(
        name=name,
        format=body["format"],
        media_type=body["media_type"],
        sha256=body["sha256"],
        size=body["size"],
        entries=body["entries"],
        made_at=datetime.fromisoformat(body["made_at"]),
    )
    pieces = tuple(
        Piece(keys[16 * place : 16 * place + 16], length, entries)
        for place, (length, entries) in enumerate(zip(body["lengths"], body["held"], strict=True))
    )
    return Written(file, body["job"], bytes.fromhex(body["rows"]), bytes.fromhex(body["body"]), pieces)
