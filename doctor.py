"""Examine a deployment and say, for each thing that is wrong, what to do about it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import store
from collectors import kind
from collectors.fetching import Outcome
from collectors.source_files import load_sources
from records import (
    ArchiveBusyError,
    FetchError,
    LeftOut,
    NotModified,
    Rejected,
    SettingsError,
    Source,
    StoreError,
    UnreadableError,
)
from settings import Settings, load_settings

OK, WARN, BAD = "ok", "warn", "BAD"
DISK_WARN, DISK_BAD = 2 << 30, 256 << 20  # bytes free
OLDEST_CLOCK = datetime(2026, 1, 1).date()  # no earlier date can be right for this version


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined: `grade` is ok, warn or BAD."""

    grade: str
    subject: str
    sentence: str


def examine(file: Path | None, now: datetime) -> list[Finding]:
    """Return what was found, in the order in which it should be mended; never raises `VigieError`."""
    try:
        settings = load_settings(file)
    except SettingsError as error:
        return [Finding(BAD, "settings", line) for line in str(error).splitlines()]
    findings = [Finding(OK, "settings", f"audience TLP:{settings.audience.label}, build in {settings.build}")]
    findings += _disk(settings)
    sources, found = _sources(settings)
    findings += found
    findings += _database(settings, sources, now)
    return findings


def look_at(source: Source, outcome: Outcome) -> Finding:
    """Say what the first addresses of a source answer today, read as a run would read them."""
    if isinstance(outcome, FetchError):
        return Finding(BAD, source.id, str(outcome))
    if isinstance(outcome, NotModified):
        return Finding(WARN, source.id, "nothing to read: no address was asked, or nothing is there")
    items, leads, refused = 0, 0, [f"{one.url}: {one.reason}" for one in outcome.failures]
    module = kind(source.kind)
    for document in outcome.documents:
        try:
            found = list(module.normalise(source, document))
            leads += len(module.follow(source, document))
        except UnreadableError as error:
            refused.append(f"{document.url}: {error}")
            continue
        refused += [f"{one.url}: {one.reason}" for one in found if isinstance(one, Rejected)]
        items += sum(not isinstance(one, Rejected | LeftOut) for one in found)
    said = f"answers: {items} records, {leads} further addresses, {outcome.size} bytes"
    if refused:
        said += f"; {len(refused)} could not be read, first {refused[0]}"
    grade = OK if items or leads else BAD
    return Finding(grade if not refused or grade == BAD else WARN, source.id, said)


def _disk(settings: Settings) -> Iterator[Finding]:
    """Examine free space and the permission to write where the build and the archive go."""
    places = [settings.build]
    if settings.database.startswith("sqlite:///"):
        places.append(Path(settings.database.removeprefix("sqlite:///")).parent)
    for folder in dict.fromkeys(map(_existing, places)):
        yield from _place(folder)


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that exists."""
    return folder if folder.exists() else _existing(folder.parent)


def _place(folder: Path) -> Iterator[Finding]:
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(
            BAD, "permissions", f"{folder} cannot be written by this user; change its owner or 'build'"
        )
    else:
        yield Finding(OK, "permissions", f"{folder} can be written")
    free = shutil.disk_usage(folder).free
    said = f"{free / (1 << 30):.1f} GB free at {folder}"
    if free < DISK_WARN:
        yield Finding(
            BAD if free < DISK_BAD else WARN, "disk", f"{said}; make room, a full disk stops publication"
        )
    else:
        yield Finding(OK, "disk", said)


def _sources(settings: Settings) -> tuple[list[Source], list[Finding]]:
    try:
        sources, problems = load_sources(settings.sources)
    except SettingsError as error:
        return [], [Finding(BAD, "sources", str(error))]
    findings = [Finding(BAD, "sources", problem) for problem in problems]
    enabled = sum(source.enabled for source in sources)
    return sources, [
        *findings,
        Finding(OK, "sources", f"{enabled} switched on, {len(sources) - enabled} off"),
    ]


def _database(settings: Settings, sources: list[Source], now: datetime) -> Iterator[Finding]:
    """Examine the archive, the clock against it, and the health of the sources in it."""
    try:
        archive = store.open_archive(settings.database)
    except (SettingsError, StoreError) as error:
        yield Finding(BAD, "database", str(error))
        return
    try:
        fault = store.integrity(archive)
        held = store.counts(archive)
        said = ", ".join(f"{count} {name}" for name, count in held.items() if count) or "empty so far"
        yield (
            Finding(BAD, "database", f"{fault}; restore the last backup")
            if fault
            else Finding(OK, "database", said)
        )
        statuses = store.statuses(archive, sources, now=now)
        newest = max((one.last_run_at for one in statuses if one.last_run_at), default=None)
        yield _clock(now, newest)
        for one in statuses:
            if one.state in ("failing", "empty", "stale", "shrinking"):
                yield Finding(
                    WARN, one.source.id, f"{one.state} since {one.since_at:%Y-%m-%d %H:%M}: {one.error}"
                )
        yield from _held(archive)
        with archive.alone():
            pass
    except ArchiveBusyError:
        yield Finding(OK, "running", "another vigie is at work on this archive")
    except StoreError as error:
        yield Finding(BAD, "database", str(error))
    finally:
        archive.close()


def _held(archive: store.Archive) -> Iterator[Finding]:
    """Say what the interlock holds of the lists until a human decides."""
    last = store.last_entries(archive, "hold").get("lists")
    if last is not None and last.details["held"]:
        said = cast(list[str], last.details["said"])
        more = f" and {len(said) - 1} more" if len(said) > 1 else ""
        yield Finding(
            WARN,
            "lists",
            f"held since {last.at:%Y-%m-%d %H:%M}: {said[0]}{more}; look with 'vigie release --review'",
        )


def _clock(now: datetime, newest: datetime | None) -> Finding:
    """Judge the clock: validity of indicators and freshness of sources depend on it."""
    if now.date() < OLDEST_CLOCK:
        return Finding(
            BAD, "clock", f"it says {now:%Y-%m-%d}, which is past; set it, and keep it set with NTP"
        )
    if newest is not None and newest > now:
        return Finding(
            BAD,
            "clock",
            f"it says {now:%Y-%m-%d %H:%M}Z, but a source was read at {newest:%Y-%m-%d %H:%M}Z; set it",
        )
    return Finding(OK, "clock", f"{now:%Y-%m-%d %H:%M}Z")
