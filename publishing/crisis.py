"""Crisis mode: a home page under 50 kB, all in one file, for a hospital that has lost its network.

The switch is a file in the deployment's build folder, so that it holds whatever happens to the database.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publishing.keeping import put, write
from publishing.layout import LANGUAGES, Site, Writer
from publishing.released import Released, last_release
from records import PublishError

MOST = 50_000  # bytes of the home page, style sheet included
SWITCH = "crisis"
KEPT = "crisis.home"  # the ordinary home pages meanwhile


@dataclass(frozen=True, slots=True)
class Crisis:
    """What the home page says in crisis mode: a sentence of the operator's, and the lists last published."""

    message: str
    lists: Released


def turn_on(build: Path, site: Site, message: str, now: datetime) -> None:
    """Put the crisis page in the place of the published home page, at once and without the archive.

    Later publications keep it. Raises `PublishError` for a message that is too long, and where the folder cannot
    be written; nothing is changed then.
    """
    crisis = Crisis(message, last_release(build / "lists"))
    pages = {f"{writer.prefix}index.html": home(writer, crisis, now) for writer in _writers(site)}
    try:
        build.mkdir(parents=True, exist_ok=True)
        for path in pages:
            ordinary = build / "site" / path
            if ordinary.is_file() and standing(build) is None:
                write(build / KEPT / path, ordinary.read_bytes())
        write(build / SWITCH, message.encode())
        show(build, pages)
    except OSError as error:
        raise PublishError(f"{build}: crisis mode cannot be turned on: {error.strerror}") from error


def turn_off(build: Path) -> None:
    """Put the ordinary home page back as the last publication made it."""
    try:
        (build / SWITCH).unlink(missing_ok=True)
        kept = build / KEPT
        show(build, {path.relative_to(kept).as_posix(): path.read_bytes() for path in kept.rglob("*.html")})
        shutil.rmtree(kept, ignore_errors=True)
    except OSError as error:
        raise PublishError(f"{build}: crisis mode cannot be turned off: {error.strerror}") from error


def settle(build: Path, site: Site, ordinary: Mapping[str, bytes], now: datetime) -> None:
    """Bring a site that was just published to what the switch says now, which may have been turned meanwhile.

    `ordinary` are the home pages of the publication by path: in crisis mode they are kept aside, and the crisis
    pages shown.
    """
    crisis = standing(build)
    if crisis is None:
        show(build, ordinary)
        return
    for path, page in ordinary.items():
        write(build / KEPT / path, page)
    show(build, {f"{writer.prefix}index.html": home(writer, crisis, now) for writer in _writers(site)})


def show(build: Path, pages: Mapping[str, bytes]) -> None:
    """Put pages into the published site, if there is one, where they are not there already."""
    site = build / "site"
    for path, body in sorted(pages.items()) if site.is_dir() else ():
        if not (site / path).is_file() or (site / path).read_bytes() != body:
            put(site.resolve(), path, body)


def _writers(site: Site) -> list[Writer]:
    return [Writer(site, language) for language in LANGUAGES]


def standing(build: Path) -> Crisis | None:
    """Return what crisis mode has to say, `None` where it is off."""
    try:
        message = (build / SWITCH).read_text("utf-8", errors="replace").strip()
    except OSError:
        return None
    return Crisis(message, last_release(build / "lists"))


def home(writer: Writer, crisis: Crisis, made_at: datetime) -> bytes:
    """Return the home page in crisis mode; raises `PublishError` where it is too large."""
    lists = [(name, count) for name, count in crisis.lists.counts if count]
    values = {"message": crisis.message, "made_at": made_at, "lists": lists, "lists_at": crisis.lists.made_at}
    page = writer.fill("crise.html", "", **values).encode()
    if len(page) > MOST:
        raise PublishError(f"the home page in crisis mode has {len(page)} bytes, more than {MOST}")
    return page
