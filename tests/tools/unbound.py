"""Unbound, fed with its own file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from tests.tools import Stopped
from tests.tools._unbound import answering, version

NAME, PACKAGE, FORMAT, FILES = "Unbound", "unbound", "unbound", ("unbound/vigie.conf",)
TYPES = frozenset({ObservableType.DOMAIN})
__all__ = ["FILES", "FORMAT", "NAME", "PACKAGE", "TYPES", "loaded", "version"]


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Include the list and ask."""
    with answering("iterator", f'include: "{lists / FILES[0]}"', work) as stopped:
        yield stopped
