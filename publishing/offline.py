"""Pack the whole published site into one archive that opens from a disk, without network or server.

On a disk an address that ends in `/` shows a folder, and scripts may not fetch: links name their file, and
every data file has a twin that is a script (see `assets/vigie.js`).
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from records import PublishError

FOLDER = "vigie-hors-ligne"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of every entry: same site, same archive

_LINK = re.compile(rb'(\s(?:href|action)=")((?:\.{1,2}/)*(?:[^":?#/<>]+/)*)((?:[?#][^"]*)?")')
_LEFT_OUT = ("404.html", "robots.txt", "_headers")


def pack(
    site: Path, lists: Path, archive: Path, *, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Write the site and its lists into a zip file; return how many files it holds.

    `progress` hears of the number of files written so far. The archive appears whole or not at all. Raises
    `PublishError` where there is no site, or where the archive cannot be written.
    """
    if not (site / "index.html").is_file():
        raise PublishError(f"{site}: no published site; run `vigie publish` first")
    beside = archive.with_name(f".{archive.name}.new")
    done = 0
    try:
        with ZipFile(beside, "w", ZIP_DEFLATED, compresslevel=6) as packed:
            for name, body in _entries(site.resolve(), lists):
                entry = ZipInfo(f"{FOLDER}/{name}", EPOCH)
                entry.compress_type = ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, body)
                done += 1
                progress(done)
        beside.replace(archive)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise PublishError(f"{archive}: cannot be written: {error.strerror}") from error
    return done


def _entries(site: Path, lists: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the archive, in order."""
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or name.endswith(_LEFT_OUT) or name.startswith("."):
            continue
        body = path.read_bytes()
        yield name, linked(body, name) if name.endswith(".html") else body
        if name.startswith("donnees/") and name.endswith(".json"):
            yield f"{name}.js", script(name, body)
    if lists.is_dir():
        for path in sorted(path for path in lists.resolve().iterdir() if path.is_file()):
            name, body = f"listes/{path.name}", path.read_bytes()
            yield name, body
            if path.suffix == ".txt":
                yield f"{name}.js", script(name, orjson.dumps(body.decode("utf-8", "replace")))


def linked(page: bytes, name: str) -> bytes:
    """Return a page whose links to folders name the page in them; `name` is where it is in the site.

    Lists, whose address begins at the host's root, are found from the page.
    """
    root = b"../" * name.count("/") or b"./"
    near = re.sub(rb'(\s(?:href|data-lists)=")[^":?#]*?(?<=/)listes/', rb"\1" + root + rb"listes/", page)
    return _LINK.sub(_to_page, near)


def script(name: str, content: bytes) -> bytes:
    """Return JSON as the script that hands it to the pages."""
    safe = content.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")
    return b"Vigie.receive(" + orjson.dumps(name) + b"," + safe + b");\n"


def _to_page(found: re.Match[bytes]) -> bytes:
    target = found[2]
    if target.rstrip(b"/").rpartition(b"/")[2] in (b"listes", b"donnees"):
        return found[0]
    return found[1] + (target + b"index.html" if target else b"") + found[3]
