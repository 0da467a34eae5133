"""Copy lists into a folder of this machine (a share, a web server's root). `url` is its absolute path.

Each file takes its place in one step, the manifest last, so a reader never meets half a file, and with a
manifest that names what is not there yet waits for the next one. Only what a push put there is ever removed.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from records import SettingsError
from sharing.manifest import digest_of
from sharing.push.kinds import Send, Terms
from sharing.push.planning import Parcel
from sharing.push.targets import RefusedError, Target

SENDS: Literal["files"] = "files"
BATCH = 50


def check(target: Target) -> None:
    """Raise `SettingsError` where the path is not absolute."""
    if not Path(target.url).is_absolute():
        raise SettingsError(f"push.{target.name}: url must be an absolute path, such as /srv/lists")


@contextmanager
def opened(target: Target, terms: Terms) -> Iterator[Send]:
    """Yield what puts a batch into the folder, which must be there: it may be a share that is not mounted."""
    folder = Path(target.url)
    if not folder.is_dir():
        raise RefusedError(f"{folder} is no folder; make or mount it")

    def send(changes: Sequence[Parcel]) -> Mapping[str, str]:
        for one in changes:
            try:
                _put(folder, one)
            except OSError as error:
                raise RefusedError(f"{folder / one.key}: {error.strerror or error}") from error
        return {}

    yield send


def _put(folder: Path, one: Parcel) -> None:
    place = folder / one.key
    if one.kind == "removed":
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    shutil.copyfile(one.path, part)
    if digest_of(part) != one.text:
        part.unlink()
        raise RefusedError(f"{one.key} is not what was released; make the release again, then push")
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(place)
