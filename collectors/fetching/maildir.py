"""Read the new messages of a maildir, without moving any.

Format: `new` and `cur` hold one file per message; it keeps its unique name, but for what stands after
a colon, when a mail program moves it from one to the other.
"""

import os
from collections.abc import Collection, Generator
from pathlib import Path
from urllib.parse import quote

from collectors.fetching.local_files import folder_of, opened, read_file
from records import Source


def place(source: Source) -> Path:
    """Return the folder of a source's address; raises `SettingsError` where it names none."""
    return folder_of(source, "maildir")


def new_messages(source: Source, known: Collection[str], *, limit: int) -> Generator[tuple[str, bytes]]:
    """Yield the address and at most `limit` bytes of each message whose address is not `known`, oldest first.

    A message that cannot be opened has no bytes. Raises `FetchError` where the folder is no maildir.
    """
    folder = place(source)
    with opened(source, folder / "new") as new, opened(source, folder / "cur") as cur:
        waiting = {url: found for handle in (new, cur) for url, found in _listed(handle) if url not in known}
        for url, (_, handle, name) in sorted(waiting.items(), key=lambda one: (one[1][0], one[0])):
            try:
                yield url, read_file(handle, name, limit)
            except FileNotFoundError:
                continue  # moved meanwhile: the next run finds it
            except OSError:
                yield url, b""


def _listed(folder: int) -> Generator[tuple[str, tuple[int, int, str]]]:
    """Yield the address of each message, and when it was written, where, and under which name."""
    with os.scandir(folder) as entries:
        for entry in entries:
            unique = entry.name.partition(":")[0]
            if not unique.startswith("."):
                written = _written(entry)
                yield f"maildir:{quote(os.fsencode(unique))}", (written, folder, entry.name)


def _written(entry: "os.DirEntry[str]") -> int:
    """Return when a file was written, in nanoseconds; 0 where it has just been moved away."""
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except FileNotFoundError:
        return 0
