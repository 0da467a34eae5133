"""The verbs of `vigie sources`: every source, one source, or a try of some."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from opening import deployment

SOME_CVES = 3  # looked up to try a source that is asked for CVEs by name

sources_app = typer.Typer(invoke_without_command=True, help="Show every source, one source, or try some.")


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
    with deployment() as house:
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

    with deployment([source]) as house:
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

    with deployment(source) as house:
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
