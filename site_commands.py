"""The verbs about the published site: an offline copy, and the mode for a crisis."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from opening import chosen

crisis_app = typer.Typer(no_args_is_help=True, help="A home page for a hospital that has lost its network.")


def offline(
    archive: Annotated[Path, typer.Argument(help="The zip file to write.", metavar="FILE.zip")],
) -> None:
    """Pack the published site and its lists into one archive that opens from a disk, without network.

    Examples:

      vigie offline vigie-hors-ligne.zip
    """
    from publishing.offline import pack
    from settings import load_settings

    def told(done: int) -> None:
        if sys.stderr.isatty() and done % 500 == 0:
            sys.stderr.write(f"\r{done} files")

    build = load_settings(chosen["settings"]).build
    count = pack(build / "site", build / "lists", archive, progress=told)
    typer.echo(f"{count} files, {archive.stat().st_size / 1e6:.1f} MB: {archive}")


@crisis_app.command("on")
def crisis_on(
    message: Annotated[str, typer.Option(help="A sentence for readers, in French.")] = "",
) -> None:
    """Put the crisis page in the place of the home page: telephone, first hour, sheets, last good lists.

    Examples:

      vigie crisis on

      vigie crisis on --message "Panne nationale de messagerie : suivre la fiche."
    """
    from delivering import site_of
    from publishing import crisis
    from settings import load_settings

    settings = load_settings(chosen["settings"])
    crisis.turn_on(settings.build, site_of(settings), message, datetime.now(UTC))
    typer.echo(f"Crisis mode is on: {settings.build / 'site' / 'index.html'}")


@crisis_app.command("off")
def crisis_off() -> None:
    """Put the ordinary home page back.

    Examples:

      vigie crisis off
    """
    from publishing import crisis
    from settings import load_settings

    settings = load_settings(chosen["settings"])
    crisis.turn_off(settings.build)
    typer.echo("Crisis mode is off; the next publication brings the home page up to date.")
