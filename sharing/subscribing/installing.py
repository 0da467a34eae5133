"""Put lists where a tool reads them, in one step, and take them back where the tool refuses them."""

import shlex
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from records import PublishError
from sharing.comparing import second
from sharing.drafting import refusal
from sharing.filling import fill
from sharing.formats.ndjson import entry_of
from sharing.profiles import Profile
from sharing.shield import Shield
from swap import discard, new_tree, swap_in

_PATIENCE = 300  # seconds that a tool may take to look at its lists or to read them again


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed: how many entries, how many the shield and the allow-list of the place kept back."""

    entries: int
    kept_back: int


def install(
    lines: Iterable[bytes],
    into: Path,
    profile: Profile,
    made_at: datetime,
    shield: Shield,
    commands: Sequence[str],
) -> Installed:
    """Write the lists of a profile and put them in the place of the last ones.

    `commands` let the tool look at the new lists in their place, and read them. Where one of them fails, the last lists
    are put back and the commands are run again. Raises `PublishError` with what the tool said.
    """
    tree, last = new_tree(into), into.resolve() if into.is_dir() else None
    try:
        done = _write(lines, tree, profile, made_at, shield)
        swap_in(tree, into)
    except (OSError, PublishError) as error:
        discard(tree)
        raise PublishError(f"{into}: the lists cannot be written: {error}; the last ones stay") from error
    said = _refusal(commands)
    if not said:
        return done
    if last is not None:
        swap_in(last, into)
        _refusal(commands)
    stay = (
        "the last ones are in their place again"
        if last is not None
        else "there were none before: take them out"
    )
    raise PublishError(f"the tool refuses the new lists, {stay}: {said}")


def _write(
    lines: Iterable[bytes], tree: Path, profile: Profile, made_at: datetime, shield: Shield
) -> Installed:
    """Write the files of a profile from lines that are sorted."""
    entries = kept_back = 0
    with TemporaryDirectory(prefix="vigie-") as work:
        spool = Path(work) / "spool.ndjson"
        with spool.open("wb") as stream:
            for line in lines:
                if refusal(entry_of(line).observable, shield):
                    kept_back += 1
                    continue
                stream.write(line)
                entries += 1
        fill(tree, spool, (profile,), second(made_at))
    return Installed(entries, kept_back)


def _refusal(commands: Sequence[str]) -> str:
    """Run the commands of a tool, without a shell; return what the first that fails said, empty where none does."""
    for command in commands:
        try:
            done = subprocess.run(
                shlex.split(command), capture_output=True, text=True, check=False, timeout=_PATIENCE
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            return f"{command}: {error}"
        if done.returncode:
            return f"{command}: {(done.stdout + done.stderr)[-500:].strip()}"
    return ""
