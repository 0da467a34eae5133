"""Crisis mode: a home page under 50 kB, all in one file, for a hospital that has lost its network.

The switch is a file in the deployment's build folder, so that it holds whatever happens to the database.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from publishing.keeping import put, write
from publishing.layout import LANGUAGES, Site, Writer
from records import PublishError

MOST = 50_000  # bytes of the home page, style sheet included
SWITCH = "crisis"
KEPT = "crisis.home"  # the ordinary home pages meanwhile


@dataclass(frozen=True, slots=True)
class Crisis:
    """What the home page says in crisis mode: a sentence of the operator's, and the lists (name, how many
    values) that were last published.
    """

    message: str
    lists: tuple[tuple[str, int], ...]


def turn_on(build: Path, site: Site, message: str, now: datetime) -> None:
    """Put the crisis page in the place of the published home page, at once and without the archive.

    Later publications keep it. Raises `PublishError` where the folder cannot be written.
    """
    try:
        build.mkdir(parents=True, exist_ok=True)
        (build / SWITCH).write_text(message, "utf-8")
        crisis = standing(build) or Crisis(message, ())
        for writer in (Writer(site, language) for language in LANGUAGES):
            _replace(build, f"{writer.prefix}index.html", home(writer, crisis, now))
    except OSError as error:
        raise PublishError(f"{build}: crisis mode cannot be turned on: {error.strerror}") from error


def turn_off(build: Path) -> None:
    """Put the ordinary home page back as it was; the next publication brings it up to date."""
    try:
        (build / SWITCH).unlink(missing_ok=True)
        kept = build / KEPT
        for path in sorted(kept.rglob("*.html")):
            put((build / "site").resolve(), path.relative_to(kept).as_posix(), path.read_bytes())
        shutil.rmtree(kept, ignore_errors=True)
    except OSError as error:
        raise PublishError(f"{build}: crisis mode cannot be turned off: {error.strerror}") from error


def _replace(build: Path, path: str, body: bytes) -> None:
    """Replace a page of the published site, if there is one, and keep the ordinary one aside."""
    site, kept = build / "site", build / KEPT / path
    if not site.is_dir():
        return
    if (site / path).is_file() and not kept.is_file():
        write(kept, (site / path).read_bytes())
    put(site.resolve(), path, body)


def standing(build: Path) -> Crisis | None:
    """Return what crisis mode has to say, `None` where it is off."""
    try:
        message = (build / SWITCH).read_text("utf-8").strip()
    except OSError:
        return None
    return Crisis(message, _last_lists(build / "lists" / "manifest.json"))


def home(writer: Writer, crisis: Crisis, made_at: datetime) -> bytes:
    """Return the home page in crisis mode; raises `PublishError` where it is too large."""
    page = writer.fill("crise.html", "", message=crisis.message, made_at=made_at, lists=crisis.lists).encode()
    if len(page) > MOST:
        raise PublishError(f"the home page in crisis mode has {len(page)} bytes, more than {MOST}")
    return page


def _last_lists(manifest: Path) -> tuple[tuple[str, int], ...]:
    """Return the plain lists of the last release that hold something."""
    try:
        files = orjson.loads(manifest.read_bytes())["files"]
        rows = ((str(one["name"]), int(one["entries"])) for one in files)
        return tuple(sorted((name, count) for name, count in rows if name.endswith(".txt") and count))
    except (OSError, ValueError, KeyError, TypeError):
        return ()
