"""The verbs of the lists: `vigie release`, `export`, `ledger` and `withdraw`."""

import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opening import chosen, deployment, opened
from records import SettingsError

if TYPE_CHECKING:
    from sharing.exporting import Exported
    from sharing.reading import Readings


def release(
    review: Annotated[
        bool, typer.Option("--review", help="Show what would change and what is held; publish nothing.")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Let pass what was held at the last release or review.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why it may pass: it is kept in the journal.")] = "",
) -> None:
    """Write all lists from the archive, verify and sign them, and put them in the place of the last ones.

    What is not believable (a source that floods, lists that shrink, an entry that could stop a hospital) is held until
    a human has looked. Exit code: 0, or 1 where the release was stopped; the last one then stays.

    Examples:

      vigie release

      vigie release --review

      vigie release --approve --reason "Nouvelle source, vue avec son éditeur"
    """
    import delivering
    import releasing
    from sharing.interlock import review as said

    if approve and not reason.strip():
        raise SettingsError("--approve: say why with --reason; it is kept in the journal")
    now = datetime.now(UTC)
    with deployment() as house, house.archive.alone():
        if review:
            verdict, changes = delivering.review_lists(house, now)
            typer.echo(
                ", ".join(f"{changes.get(kind, 0)} {kind}" for kind in ("added", "removed", "changed"))
            )
            typer.echo(said(verdict))
            return
        approval = {"by": releasing.who(), "reason": reason} if approve else None
        made = delivering.write_lists(house, now, approval=approval)
        typer.echo(f"{made.entries} indicators, release {made.number}: {house.settings.build / 'lists'}")
        if made.verdict.held:
            typer.echo(f"{len(made.verdict.held)} more are held: look with vigie release --review")


def export(
    format: Annotated[str, typer.Argument(metavar="FORMAT", help="A format's name, or 'all'.")],
    out: Annotated[Path, typer.Option(help="The folder to write into.", metavar="DIR")] = Path(),
    input: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Indicators as NDJSON instead of the archive; '-' is standard input."
        ),
    ] = None,
    profile: Annotated[str, typer.Option(metavar="NAME", help="A profile of the settings.")] = "",
    at: Annotated[str, typer.Option(metavar="INSTANT", help="As if released then; by default now.")] = "",
) -> None:
    """Write the lists of one format, or of all, into a folder, as a release would have them now.

    With --input each line is {"type", "value", "confidence"?, "tlp"?, "valid_from"?, "valid_until"?, "first_seen"?,
    "last_seen"?, "source"?, "labels"?}; no archive is needed. A table says what was written, what the shield and the
    markings kept back and why, and what a format cannot say.
    Exit code: 0, or 1 where a line could not be used (it is told; the others were).

    Examples:

      vigie export edl --out lists

      vigie export all --input indicators.ndjson --out lists
    """
    import delivering
    from releasing import profiles_of
    from settings import load_settings
    from sharing.exporting import export as write
    from sharing.formats import formats
    from sharing.reading import read_lines

    if format != "all" and format not in formats():
        raise SettingsError(f"no format called {format!r}; use all, {', '.join(formats())}")
    settings, now = load_settings(chosen["settings"]), instant(at) if at else datetime.now(UTC)
    known = {one.name: one for one in profiles_of(settings)}
    if profile not in known:
        raise SettingsError(
            f"no profile called {profile!r}; the settings have {', '.join(sorted(known)) or 'none'}"
        )
    wanted = known[profile].formats or formats() if format == "all" else (format,)
    readings = None
    with ExitStack() as stack:
        if input is None:
            house = stack.enter_context(deployment())
            rows = list(delivering.listable(house, now).indicators)
        else:
            readings = read_lines(stack.enter_context(opened(input)), input)
            rows = readings.rows
        made = write(
            rows,
            out,
            replace(known[profile], name="", formats=tuple(wanted)),
            made_at=now,
            audience=settings.audience,
            shield=delivering.shield_of(settings),
        )
    _tell(out, made, readings)


def _tell(out: Path, made: "Exported", readings: "Readings | None") -> None:
    """Print what was written and what was not, and end with 1 where a line was of no use."""
    from rich.console import Console
    from rich.table import Table

    table = Table("list", "entries", "not in it", "bytes", box=None, pad_edge=False)
    for file in made.files:
        row = (file.name, str(file.entries), str(made.unsaid.get(file.name, 0)), str(file.size))
        table.add_row(*row)
    console = Console(width=100, highlight=False)
    console.print(table)
    typer.echo(f"{made.entries} indicators in {len(made.files)} lists: {out}")
    for (name, rule), number in sorted(made.suppressed.items()):
        typer.echo(f"{number} kept back by {name} ({rule})")
    for kind, number in sorted(readings.foreign.items()) if readings else ():
        typer.echo(f"{number} of a type that no list carries: {kind}")
    for fault in readings.faults if readings else ():
        sys.stderr.write(f"vigie: {fault}\n")
    if readings and readings.faults:
        raise typer.Exit(1)


def ledger(
    name: Annotated[str, typer.Argument(metavar="[LIST]", help="The list, such as domains.txt.")] = "",
    at: Annotated[str, typer.Option(metavar="INSTANT", help="When it was out; by default now.")] = "",
    verify: Annotated[
        bool, typer.Option("--verify", help="Prove that no release is missing or altered.")
    ] = False,
) -> None:
    """List the releases, or write a list of the past to standard output as it was, byte for byte.

    Exit code: 0, or 1 where the ledger is damaged or had no such list.

    Examples:

      vigie ledger

      vigie ledger --verify

      vigie ledger domains.txt
    """
    from settings import load_settings
    from sharing import ledger as log
    from sharing.rebuilding import rebuilt

    folder = load_settings(chosen["settings"]).release.ledger
    if name:
        sys.stdout.buffer.write(rebuilt(folder, name, instant(at) if at else datetime.now(UTC)))
        return
    if verify:
        faults = log.verify(folder)
        for fault in faults:
            typer.echo(fault)
        if faults:
            raise typer.Exit(1)
    for noted in log.releases(folder):
        said = ", ".join(f"{noted.changes.get(kind, 0)} {kind}" for kind in ("added", "removed", "changed"))
        approved = (
            f"  approved by {noted.approval['by']}: {noted.approval['reason']}" if noted.approval else ""
        )
        typer.echo(
            f"{noted.number:8}  {noted.made_at:%Y-%m-%dT%H:%M:%SZ}  {noted.entries} indicators  {said}{approved}"
        )


def withdraw(
    values: Annotated[list[str], typer.Argument(metavar="VALUE...", help="Indicators.")],
    reason: Annotated[str, typer.Option(help="Why: it is kept in the journal.")] = "",
    back: Annotated[bool, typer.Option("--back", help="Let them be listed again.")] = False,
) -> None:
    """Take values off every list now, whoever says them: a false positive, or the cell's own decision.

    A release follows at once, so every format tells the withdrawal in its own way.

    Examples:

      vigie withdraw evil.example --reason "Site légitime, confirmé par son propriétaire"

      vigie withdraw evil.example --back --reason "Compromis de nouveau"
    """
    import delivering
    import releasing
    from extracting import readings
    from records import WithdrawalReason

    if not reason.strip():
        raise SettingsError("say why with --reason; it is kept in the journal")
    items = [item for value in values for item in readings(value)]
    if not items:
        raise SettingsError("none of these values is an indicator; write an address, a name, a URL or a hash")
    with deployment() as house, house.archive.alone():
        for item in items:
            now = datetime.now(UTC)
            if back:
                releasing.put_back(house.archive, item, now, note=reason)
            else:
                why = WithdrawalReason.FALSE_POSITIVE
                releasing.take_off(house.archive, item, now, reason=why, note=reason)
            typer.echo(f"{item.value}  {'may be listed again' if back else 'is taken off the lists'}")
        made = delivering.write_lists(house, datetime.now(UTC))
        typer.echo(f"{made.entries} indicators, release {made.number}: {house.settings.build / 'lists'}")


def push(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="[TARGET...]", help="Only these, by name.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")
    ] = False,
) -> None:
    """Send the release that is out to the systems that the settings name (docs/serving/push.md).

    Only what changed since the last time is sent. Exit code: 0, or 1 where a target failed or refused something; the
    others got theirs.

    Examples:

      vigie push --dry-run

      vigie push
    """
    from pushing import pushed
    from settings import load_settings
    from sharing.push.sending import said

    failed = False
    for one in pushed(load_settings(chosen["settings"]), targets or (), dry_run=dry_run):
        typer.echo(said(one))
        failed = failed or bool(one.error or one.refused)
    if failed:
        raise typer.Exit(1)


def taxii() -> None:
    """Serve the released lists by TAXII 2.1, read-only, until stopped; the archive may be busy or gone meanwhile.

    Examples:

      vigie taxii
    """
    import signal
    import threading

    from settings import load_settings
    from sharing.taxii.access import Reader
    from sharing.taxii.application import About, Application
    from sharing.taxii.serving import serve
    from sharing.taxii.snapshot import Lists

    settings = load_settings(chosen["settings"])
    own = settings.taxii
    readers = [Reader(name, one.tlp, one.secret) for name, one in own.readers.items()]
    about = About(title=settings.site_name, contact=settings.cell.contact, address=own.address)
    try:
        server = serve(Application(Lists(settings.build / "lists"), readers, about), own.host, own.port)
    except OSError as error:
        raise SettingsError(
            f"taxii: {own.host}:{own.port} cannot be used ({error.strerror}); set taxii.port"
        ) from error
    typer.echo(f"TAXII: http://{own.host}:{server.server_port}/taxii2/ (Ctrl-C to stop)")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    stop.wait()
    server.shutdown()
    server.server_close()
    typer.echo("Stopped cleanly.")


def instant(text: str) -> datetime:
    """Read an instant that an operator wrote; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"--at {text}: write an instant like 2026-05-01T08:00Z") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
