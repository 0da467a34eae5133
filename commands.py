"""The `vigie` command line. Heavy packages are imported by the verb that needs them."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from records import PublishError, SettingsError, VigieError

if TYPE_CHECKING:
    from scheduler import Deployment

SOME_CVES = 3  # looked up to try a source that is asked for CVEs by name
EVERY_DAY, STEPS, GIVE, LOOK = "Every day", "Step by step", "Give out", "Look"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Vigie: collect cyber advisories and indicators, say what matters to hospitals, publish and share.",
    epilog="Start with [bold]vigie run[/bold]; each verb's --help has examples.",
)
chosen: dict[str, Path | None] = {"settings": None}


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

    with _deployment() as house, house.archive.alone():
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

    with _deployment(source) as house, house.archive.alone():
        if replay:
            for one in house.sources:
                typer.echo(f"{one.id:<24} {changes_line(intake.replay(house.archive, one))}")
            return
        runs = scheduler.collect(house, datetime.now(UTC), due_only=False)
        if any(one.status in (RunStatus.FAILED, RunStatus.EMPTY) for one in runs):
            raise typer.Exit(1)


@app.command(rich_help_panel=STEPS)
def assess() -> None:
    """Let every rule judge the advisories it has not judged yet as they now are.

    Examples:

      vigie assess
    """
    import scheduler

    with _deployment() as house, house.archive.alone():
        typer.echo(f"{scheduler.assess(house, datetime.now(UTC))} advisories assessed")


@app.command(rich_help_panel=STEPS)
def publish() -> None:
    """Build the site from the archive and put it in the place of the last one.

    Examples:

      vigie publish
    """
    import scheduler

    with _deployment() as house, house.archive.alone():
        made = scheduler.publish(house, datetime.now(UTC))
        typer.echo(f"{made.pages} pages, {made.feeds} feeds: {house.settings.build / 'site'}")


@app.command(rich_help_panel=STEPS)
def release() -> None:
    """Write all lists from the archive, verify them, and put them in the place of the last ones.

    Examples:

      vigie release
    """
    import scheduler

    with _deployment() as house, house.archive.alone():
        made = scheduler.release(house, datetime.now(UTC))
        typer.echo(f"{made.entries} indicators: {house.settings.build / 'lists'}")


@app.command(rich_help_panel=GIVE)
def export(
    format: Annotated[str, typer.Argument(metavar="FORMAT", help="A format's name, or 'all'.")],
    out: Annotated[Path, typer.Option(help="The folder to write into.", metavar="DIR")] = Path(),
) -> None:
    """Write the lists of one format into a folder, as a release would have them now.

    Examples:

      vigie export edl --out lists

      vigie export stix21

      vigie export all --out lists
    """
    import scheduler
    import store
    from sharing.formats import formats
    from sharing.release import export as export_lists
    from sharing.shield import load_shield

    if format != "all" and format not in formats():
        raise SettingsError(f"no format called {format!r}; use all, {', '.join(formats())}")
    now = datetime.now(UTC)
    with _deployment() as house:
        listed = store.listed_indicators(
            house.archive, house.sources, now=now, audience=house.settings.audience
        )
        rows = list(scheduler.listed_at(house, listed, now))
        guard = load_shield(allow_list=house.settings.shield.allow_list, index=house.settings.shield.index)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in formats() if format == "all" else [format]:
            for file_name, text in export_lists(name, rows, now, shield=guard):
                with (out / file_name).open("w", encoding="utf-8", newline="") as stream:
                    stream.writelines(text)
                typer.echo(str(out / file_name))
    except OSError as error:
        raise PublishError(f"{out}: cannot be written: {error.strerror}") from error


sources_app = typer.Typer(invoke_without_command=True, help="Show every source, one source, or try some.")
app.add_typer(sources_app, name="sources", rich_help_panel=LOOK)


@sources_app.callback()
def sources(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Show every source: its state and since when, what it brought, its last error.

    Exit code: 0, or 2 where a source file is wrong.

    Examples:

      vigie sources

      vigie sources --json

      vigie sources show certfr-avis

      vigie sources check certfr-avis
    """
    import store
    from console import show_sources, sources_json

    if context.invoked_subcommand:
        return
    with _deployment() as house:
        found = store.statuses(house.archive, house.sources, now=datetime.now(UTC))
        if as_json:
            typer.echo(sources_json(found))
        else:
            show_sources(found)


@sources_app.command()
def show(source: Annotated[str, typer.Argument(help="The id of a source.")]) -> None:
    """Show one source: its last runs too, and the items that could not be read, with the reasons.

    Examples:

      vigie sources show certfr-avis
    """
    import store
    from console import run_details, run_line, show_sources

    with _deployment([source]) as house:
        show_sources(store.statuses(house.archive, house.sources, now=datetime.now(UTC)))
        for one in store.last_runs(house.archive, source, limit=10):
            typer.echo(f"{one.started_at:%Y-%m-%d %H:%M}  {run_line(one)} ({run_details(one)})")
        for item in store.rejected(house.archive, source):
            typer.echo(f"rejected: {item.url} {item.native_id}: {item.reason}")


@sources_app.command()
def check(
    source: Annotated[list[str] | None, typer.Argument(help="Only these sources, by id.")] = None,
) -> None:
    """Ask the first addresses of the enabled sources and say which answer today; nothing is kept.

    What cannot be reached from this machine is said so. Exit code: 0, or 1 where a source gives nothing.

    Examples:

      vigie sources check

      vigie sources check certfr-avis cisa-kev
    """
    import doctor as checks
    import store
    from collectors.fetching import try_out

    with _deployment(source) as house:
        chosen = {one.id: one for one in house.sources if one.enabled or source}
        some = tuple(sorted(store.named_cves(house.archive), reverse=True))[:SOME_CVES]
        now, bad = datetime.now(UTC), 0
        outcomes = try_out(chosen.values(), house.settings.fetch, now=now, stop=house.stop, cves=some)
        for outcome in outcomes:
            finding = checks.look_at(chosen[outcome.source_id], outcome)
            bad += finding.grade == checks.BAD
            typer.echo(f"{finding.grade:<5}{finding.subject:<24} {finding.sentence}")
    if bad:
        raise typer.Exit(1)


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


@contextmanager
def _deployment(only: list[str] | None = None) -> "Iterator[Deployment]":
    """Open what the settings describe; wrong source files are told, the others go on.

    `only` keeps the sources of these ids. Ends with exit code 2 where a source file was wrong.
    """
    import store
    from collectors.source_files import load_sources
    from console import Teller
    from scheduler import Deployment
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


if __name__ == "__main__":
    main()
