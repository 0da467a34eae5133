"""Open what a verb works on: the deployment that the settings describe, or a file that a person names."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from records import SettingsError

if TYPE_CHECKING:
    from deployments import Deployment

chosen: dict[str, Path | None] = {"settings": None}  # what `vigie --settings` says


@contextmanager
def deployment(only: list[str] | None = None) -> "Iterator[Deployment]":
    """Open what the settings describe; wrong source files are told, the others go on.

    `only` keeps the sources of these ids. Ends with exit code 2 where a source file was wrong.
    """
    import store
    from collectors.source_files import load_sources
    from console import Teller
    from deployments import Deployment
    from settings import load_settings

    settings = load_settings(chosen["settings"])
    found, problems = load_sources(settings.sources)
    for problem in problems:
        sys.stderr.write(f"vigie: {problem}\n")
    unknown = set(only or ()) - {source.id for source in found}
    if unknown:
        raise SettingsError(f"no source called {', '.join(sorted(unknown))}; 'vigie sources' lists them")
    kept = tuple(source for source in found if not only or source.id in only)
    archive = store.open_archive(settings.database)
    try:
        with Teller() as teller:
            yield Deployment(
                settings,
                archive,
                kept,
                report=teller.ended,
                progress=teller.step,
                heard=lambda said: teller.heard(said.source_id, said.asked, said.received),
            )
    finally:
        archive.close()
    if problems:
        raise typer.Exit(2)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as error:
        raise SettingsError(
            f"{file}: cannot be read: {error.strerror}; name a file, or - for standard input"
        ) from error
