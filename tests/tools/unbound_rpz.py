"""Unbound, fed with the response policy zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools import Stopped
from tests.tools._names import ADDRESSED
from tests.tools._unbound import answering, version

NAME, PACKAGE, FORMAT, FILES = "Unbound (RPZ)", "unbound", "rpz", ("rpz/vigie.rpz",)
TYPES = ADDRESSED
__all__ = ["FILES", "FORMAT", "NAME", "PACKAGE", "TYPES", "loaded", "version"]


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Serve the list and ask."""
    clauses = f'rpz:\n  name: rpz.vigie.invalid\n  zonefile: "{lists / FILES[0]}"'
    with answering("respip iterator", clauses, work) as stopped:
        yield stopped
