"""The `vigie` command line. Heavy packages are imported by the verb that needs them."""

import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

import check_commands
import digest_commands
import hunt_commands
import release_commands
import site_commands
import source_commands
import subscribe_commands
import text_commands
from opening import chosen, deployment
from records import SettingsError, VigieError

EVERY_DAY, STEPS, GIVE, LOOK = "Every day", "Step by step", "Give out", "Look"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Vigie: collect cyber advisories and indicators, say what matters to hospitals, publish and share.",
    epilog="Start with [bold]vigie run[/bold]; each verb's --help has examples.",
)

app.add_typer(source_commands.sources_app, name="sources", rich_help_panel=LOOK)
app.add_typer(site_commands.crisis_app, name="crisis", rich_help_panel=GIVE)
app.command(rich_help_panel=LOOK)(check_commands.check)
app.command(rich_help_panel=LOOK)(hunt_commands.hunt)
app.command(rich_help_panel=GIVE)(digest_commands.digest)
app.command(rich_help_panel=GIVE)(site_commands.offline)
app.command(rich_help_panel=STEPS)(release_commands.release)
app.command(rich_help_panel=GIVE)(release_commands.export)
app.command(rich_help_panel=GIVE)(release_commands.withdraw)
app.command(rich_help_panel=GIVE)(release_commands.push)
app.command(rich_help_panel=GIVE)(release_commands.taxii)
app.command(rich_help_panel=LOOK)(release_commands.ledger)
app.command(rich_help_panel=GIVE)(subscribe_commands.subscribe)
app.add_typer(text_commands.shield_app, name="shield", rich_help_panel=GIVE)
app.command(rich_help_panel=GIVE)(text_commands.extract)


def main() -> None:
    """Run the command line; an expected failure is one sentence and an exit code of 1 or 2."""
    try:
        app()
    except VigieError as error:
        sys.stderr.write(f"vigie: {error}\n")
        sys.exit(error.exit_code)


@app.callback()
def begin(
    settings: Annotated[
        Path | None, typer.Option(help="The settings file; by default vigie.toml here.", metavar="FILE")
    ] = None,
) -> None:
    """Take the options that every verb shares."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("vigie").setLevel(logging.INFO)
    chosen["settings"] = settings
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: what is open is closed


@app.command(rich_help_panel=EVERY_DAY)
def run() -> None:
    """Collect on schedule, publish what is new, and serve the site, until stopped.

    Examples:

      vigie run

      vigie --settings vigie.toml run
    """
    import scheduler
    from publishing.serve import serve as serve_site

    with deployment() as house, house.archive.alone():
        for number in (signal.SIGTERM, signal.SIGINT):
            # From a thread: a handler that runs while this one is about to wait would wait for itself.
            signal.signal(number, lambda *_: threading.Thread(target=house.stop.set).start())
        serve = house.settings.serve
        try:
            server = serve_site(house.settings.build, serve.host, serve.port)
        except OSError as error:
            raise SettingsError(
                f"serve: {serve.host}:{serve.port} cannot be used ({error.strerror}); set serve.port"
            ) from error
        typer.echo(f"Site: http://{serve.host}:{server.server_port}/ (Ctrl-C to stop)")
        try:
            scheduler.serve_forever(house)
        finally:
            server.shutdown()
        typer.echo("Stopped cleanly.")


@app.command(rich_help_panel=STEPS)
def collect(
    source: Annotated[list[str] | None, typer.Argument(help="Only these sources, by id.")] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Read the kept documents again, without network.")
    ] = False,
) -> None:
    """Read all enabled sources now, whether they are due or not.

    Exit code: 0 all read, 1 a source failed, 2 a source file is wrong (the others were read).

    Examples:

      vigie collect

      vigie collect certfr-avis cisa-kev

      vigie collect --replay cisa-csaf
    """
    import intake
    import scheduler
    from console import changes_line
    from records import RunStatus

    with deployment(source) as house, house.archive.alone():
        if replay:
            for one in house.sources:
                typer.echo(f"{one.id:<24} {changes_line(intake.replay(house.archive, one))}")
            return
        runs = scheduler.collect(house, datetime.now(UTC), due_only=False)
        if any(one.status in (RunStatus.FAILED, RunStatus.EMPTY) for one in runs):
            raise typer.Exit(1)


@app.command(rich_help_panel=STEPS)
def assess(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE.jsonl]", help="Texts to judge; '-' is standard input.")
    ] = None,
) -> None:
    """Let every rule judge the advisories of the archive, or the texts of a file.

    Of a file, each line is {"id", "title", "text", "lang"?, "source"?}; a line of JSON for each goes out, in the
    same order: score, tier, health, priority and reasons. No archive is needed for that.
    Exit code: 0, or 1 where a line could not be used (it is told; the others were judged).

    Examples:

      vigie assess

      vigie assess texts.jsonl
    """
    if file is not None:
        text_commands.assess_texts(file)
        return
    import scheduler

    with deployment() as house, house.archive.alone():
        typer.echo(f"{scheduler.assess(house, datetime.now(UTC))} advisories assessed")


@app.command(rich_help_panel=STEPS)
def publish() -> None:
    """Build the site from the archive and put it in the place of the last one.

    Examples:

      vigie publish
    """
    import scheduler

    with deployment() as house, house.archive.alone():
        made = scheduler.publish(house, datetime.now(UTC))
        typer.echo(
            f"{made.stories} stories, {made.files} files, {made.made} new: {house.settings.build / 'site'}"
        )


@app.command(rich_help_panel=LOOK)
def why(values: Annotated[list[str], typer.Argument(metavar="VALUE...", help="Indicators.")]) -> None:
    """Say of each value why it is on the lists or not: who says so, how sure, until when, and the shield.

    Examples:

      vigie why evil.example 192.0.2.7
    """
    import delivering
    import releasing
    import store
    from editions import listed_at
    from extracting import readings
    from sharing.shield import suppression

    wanted = {item for value in values for item in readings(value)}
    now = datetime.now(UTC)
    with deployment() as house:
        audience = house.settings.audience
        said = store.listed_indicators(house.archive, house.sources, now=now, audience=audience)
        rows = (row for row in said if row.observable in wanted)
        listed = listed_at(house.archive, house.sources, rows, now=now, audience=audience)
        found = {row.observable: row for row in listed}
        guard = delivering.shield_of(house.settings)
        ours = releasing.taken_off(house.archive)
        for item in sorted(wanted):
            hidden, row = suppression(item, guard), found.get(item)
            typer.echo(f"{item.value} ({item.type.value})")
            if item in ours:
                typer.echo(f"  taken off the lists by the cell: {ours[item].value}")
            if hidden:
                typer.echo(f"  hidden by {hidden.list} ({hidden.rule}: {hidden.entry})")
            if row is None:
                typer.echo("  no source's statement may be acted on now")
                continue
            typer.echo(f"  confidence {row.confidence}, until {row.valid_until:%Y-%m-%d %H:%M}Z")
            for reason in row.reasons:
                typer.echo(f"  {reason.english}" + (f" ({reason.weight:+d})" if reason.weight else ""))


@app.command(rich_help_panel=LOOK)
def doctor() -> None:
    """Check settings, database, clock, disk, permissions and sources, and say what to do.

    Exit code: 0, or 1 where something must be mended.

    Examples:

      vigie doctor
    """
    import doctor as checks

    findings = checks.examine(chosen["settings"], datetime.now(UTC))
    for finding in findings:
        typer.echo(f"{finding.grade:<5}{finding.subject}: {finding.sentence}")
    if any(finding.grade == checks.BAD for finding in findings):
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
