"""The verb of the hospital's side: `vigie subscribe`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from records import SettingsError

STALE = timedelta(hours=24)  # a release older than that is told: someone should look


def subscribe(
    address: Annotated[str, typer.Argument(metavar="URL", help="Where the lists are; a folder works too.")],
    key: Annotated[Path, typer.Option(help="The public key that is trusted: minisign.pub.", metavar="FILE")],
    into: Annotated[Path, typer.Option(help="The folder the tool reads.", metavar="DIR")],
    only: Annotated[list[str] | None, typer.Option(help="Only these formats.", metavar="FORMAT")] = None,
    allow: Annotated[
        Path | None, typer.Option(help="Values never to be listed here, one a line.", metavar="FILE")
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option(metavar="COMMAND", help="What the tool runs: to look at the lists, then to read them."),
    ] = None,
) -> None:
    """Fetch signed lists, prove them, and put them into a tool, or keep the last good ones.

    The signature, the digests and the order of releases are checked; what the local list of exceptions names is left out;
    after the first time only the changes are fetched (through the proxy that HTTPS_PROXY names). Where a command of the tool
    fails, the last lists are put back and the commands run again.
    To see first what would have been blocked: vigie hunt --lists DIR LOGFILE…
    Exit code: 0, or 1 where the last good lists stay.

    Examples:

      vigie subscribe build/lists --key build/lists/minisign.pub --into filter

      vigie subscribe build/lists --key build/lists/minisign.pub --into filter --only unbound --run true
    """
    from sharing.formats import formats
    from sharing.profiles import Profile
    from sharing.shield import load_shield
    from sharing.subscribing.fetching import Place
    from sharing.subscribing.installing import install
    from sharing.subscribing.updating import keep_copy, read_copy, updated

    unknown = [name for name in only or () if name not in formats()]
    if unknown:
        raise SettingsError(f"no format called {unknown[0]!r}; use {', '.join(formats())}")
    try:
        public = key.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{key}: the public key cannot be read: {error}") from error
    state = into.with_name(f"{into.name}.copy")
    copy = updated(Place(address), public, read_copy(state))
    profile = Profile(formats=tuple(only or ()))
    shield = load_shield(allow_list=allow)
    done = install(copy.lines, into, profile, copy.made_at, shield, run or ())
    keep_copy(state, copy)
    age = datetime.now(UTC) - copy.made_at
    fetched = ", ".join(copy.fetched) or "nothing new"
    typer.echo(
        f"release {copy.number} of {copy.made_at:%Y-%m-%d %H:%M}Z ({fetched}): {done.entries} entries in {into}"
    )
    if done.kept_back:
        typer.echo(f"{done.kept_back} kept back by the shield or your exceptions")
    if age > STALE:
        typer.echo(f"This release is {age.days} days old: is the place it comes from still at work?")
