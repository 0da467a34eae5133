"""Read the files of a folder that others write to, and never anything outside it."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from records import FetchError, SettingsError, Source


def folder_of(source: Source, scheme: str) -> Path:
    """Return the folder that a source's address names: `<scheme>:///path`, or a path as it is.

    A relative path starts at the working directory. Raises `SettingsError` for another scheme, a host
    or no path at all.
    """
    address = source.url.strip()
    if "://" not in address and address and "\x00" not in address:
        return Path(address)
    parts = urlsplit(address)
    path = unquote(parts.path)
    if parts.scheme != scheme or parts.netloc or not path or "\x00" in path:
        raise SettingsError(f"url of {source.id}: {address!r} is not a folder; write {scheme}:///path")
    return Path(path)


@contextmanager
def opened(source: Source, folder: Path) -> Iterator[int]:
    """Lend the handle of a folder; raises `FetchError` where there is none."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FetchError(source.id, f"{folder}: the folder cannot be read: {error.strerror}") from error
    try:
        yield handle
    finally:
        os.close(handle)


def read_file(folder: int, name: str, limit: int) -> bytes:
    """Return at most `limit` bytes of a file of an open folder.

    Raises `OSError` where it cannot be read; a link, a pipe or a device is not read, wherever it leads.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{name} is not a regular file")
        return file.read(limit)
