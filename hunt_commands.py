"""The verb that looks for the published indicators in logs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opening import chosen, opened
from records import SettingsError

if TYPE_CHECKING:
    from checking.logs import Hunt, Hunted, Log

FOUND = 3  # exit code


def hunt(
    files: Annotated[
        list[str],
        typer.Argument(metavar="LOGFILE...", help="Logs, gzip, bzip2 or xz too; '-' is standard input."),
    ],
    lists: Annotated[
        list[Path] | None,
        typer.Option(
            help="The folder of the lists, or one of its files; by default those of the last release."
        ),
    ] = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
) -> None:
    """Look for the published indicators in logs of resolvers, proxies, firewalls, mail servers: any text.

    Tells of each indicator on how many lines it stands, when first and last, and shows some of these lines.
    Nothing leaves this machine. The table is defanged, CSV and JSON are not.
    Exit code: 0 nothing found, 3 something found, 1 nothing found but a log could not be read to its end.

    Examples:

      vigie hunt queries.log*

      vigie hunt --lists lists/ --format csv proxy.log.gz

      vigie hunt - < queries.log
    """
    from checking.log_report import as_csv, as_json
    from checking.logs import hunt as look
    from checking.logs import read_lists
    from settings import load_settings

    writers = {"table": None, "csv": as_csv, "json": as_json}
    if format not in writers:
        raise SettingsError(f"--format {format}: use {', '.join(writers)}")
    folder = not lists or (len(lists) == 1 and lists[0].is_dir())
    place = lists[0] if lists else load_settings(chosen["settings"]).build / "lists"
    hunted = read_lists(place if folder else lists or [])
    unread: list[str] = []
    with _telling() as progress:
        done = look(_logs(files, unread), hunted, progress)
    done.faults += unread
    for fault in (*hunted.faults, *done.faults):
        sys.stderr.write(f"vigie: {fault}\n")
    writer = writers[format]
    if writer:
        sys.stdout.writelines(writer(done, hunted))
    else:
        _show(done, hunted)
    if done.findings or done.faults:
        raise typer.Exit(FOUND if done.findings else 1)


def _logs(files: list[str], unread: list[str]) -> "Iterator[Log]":
    """Open the logs one after the other; what cannot be opened is told, the others are read."""
    from checking.logs import Log

    for file in files:
        try:
            with opened(file) as stream:
                at = (
                    datetime.now(UTC)
                    if file == "-"
                    else datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
                )
                yield Log("standard input" if file == "-" else file, stream, at)
        except SettingsError as error:
            unread.append(str(error))


@contextmanager
def _telling() -> Iterator[Callable[[int], object]]:
    """Show a person how many bytes are read, and how fast; nobody else."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = TextColumn("reading"), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as moving:
        task = moving.add_task("", total=None)
        yield lambda size: moving.advance(task, size)


def _show(done: "Hunt", hunted: "Hunted") -> None:
    """Print the findings as a table, each with one of its lines."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from checking.log_report import written
    from records import defang

    looked = f"{sum(hunted.counts.values())} indicators looked for in {done.size / 1e6:.1f} MB"
    if not done.findings:
        typer.echo(f"Nothing found: {looked}.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("indicator", "type", "lines", "first seen", "last seen", "where", "for example"):
        table.add_column(heading, justify="right" if heading == "lines" else "left", overflow="fold")
    for one in done.findings:
        table.add_row(
            Text(defang(one.item)),
            one.item.type.value,
            str(one.count),
            written(one.first_at) or "",
            written(one.last_at) or "",
            Text(f"{one.file}:{one.first_line}"),
            Text(one.samples[0]),
        )
    Console().print(table)
    typer.echo(f"{len(done.findings)} found: {looked}.")
