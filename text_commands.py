"""The verbs that work on texts and values instead of an archive: judge, extract, and the shield."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opening import chosen, opened
from records import SettingsError

if TYPE_CHECKING:
    from extracting import Row


def assess_texts(file: str) -> None:
    """Judge the texts of a file, one a line; ends with exit code 1 where a line could not be used."""
    from enrichment.any_text import UnusableLine, verdicts
    from records import Background
    from settings import load_settings

    settings, bad = load_settings(chosen["settings"]), 0
    known = Background(now_on=datetime.now(UTC).date(), health_from=settings.health_from)
    with opened(file) as lines:
        for verdict in verdicts(lines, known):
            if isinstance(verdict, UnusableLine):
                sys.stderr.write(f"vigie: {file}: {verdict.reason}\n")
                bad += 1
            else:
                sys.stdout.buffer.write(verdict.as_json() + b"\n")
    if bad:
        raise typer.Exit(1)


def extract(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Texts; '-' is standard input.")],
    tlp: Annotated[str, typer.Option(help="The marking of these files.", metavar="LABEL")] = "CLEAR",
    no_shield: Annotated[
        bool, typer.Option("--no-shield", help="Show what the shield would hide, with the reason.")
    ] = False,
    format: Annotated[str, typer.Option(help="ndjson or csv.")] = "ndjson",
) -> None:
    """Name the indicators in texts, Markdown or HTML: refanged, each once per file, with where they stand.

    Exit code: 0, or 2 where a file cannot be read (the others were).

    Examples:

      vigie extract report.md

      vigie extract report.md page.html --format csv --tlp AMBER

      vigie extract report.md --no-shield
    """
    from extracting import as_csv, ndjson, rows
    from settings import exact_tlp, load_settings
    from sharing.shield import load_shield

    writers = {"ndjson": ndjson, "csv": as_csv}
    if format not in writers:
        raise SettingsError(f"--format {format}: use {' or '.join(writers)}")
    try:
        marking = exact_tlp(tlp)
    except ValueError as error:
        raise SettingsError(f"--tlp {tlp}: {error}") from error
    own, bad = load_settings(chosen["settings"]).shield, 0
    shield = load_shield(allow_list=own.allow_list, index=own.index)

    def found() -> "Iterator[Row]":
        nonlocal bad
        for file in files:
            try:
                with opened(file) as stream:
                    body = stream.read()
            except SettingsError as error:
                sys.stderr.write(f"vigie: {error}\n")
                bad += 1
                continue
            yield from rows(file, body, tlp=marking, shield=shield, shielded=not no_shield)

    sys.stdout.writelines(writers[format](found()))
    if bad:
        raise typer.Exit(2)


shield_app = typer.Typer(help="Build the index of public warninglists, or ask why a value is on no list.")


@shield_app.command("build")
def build_shield(
    folder: Annotated[Path, typer.Argument(help="A clone of MISP's warninglists.")],
    out: Annotated[Path, typer.Argument(help="The index to write; name it as shield.index.")],
) -> None:
    """Compile public warninglists into one index; what cannot be used is told, the others are.

    Examples:

      vigie shield build warninglists var/shield.idx
    """
    from sharing.warninglists_index import build_index

    out.parent.mkdir(parents=True, exist_ok=True)
    built = build_index(folder, out)
    for fault in built.faults:
        sys.stderr.write(f"vigie: {fault}\n")
    typer.echo(f"{out}: {built.lists} lists, {built.entries} entries")


@shield_app.command("check")
def check_shield(
    values: Annotated[list[str], typer.Argument(metavar="VALUE...", help="Indicators.")],
) -> None:
    """Say of each value whether it may be on a list, and which entry of which list keeps it off.

    Examples:

      vigie shield check www.google.com evil.example 192.0.2.7
    """
    from extracting import readings
    from settings import load_settings
    from sharing.shield import load_shield, suppression

    own = load_settings(chosen["settings"]).shield
    shield = load_shield(allow_list=own.allow_list, index=own.index)
    for value in values:
        for item in readings(value):
            hidden = suppression(item, shield)
            said = f"hidden by {hidden.list} ({hidden.rule}: {hidden.entry})" if hidden else "may be listed"
            typer.echo(f"{item.type.value:<12} {item.value}  {said}")
