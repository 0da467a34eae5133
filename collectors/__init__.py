"""Read the outside world. One module per kind of source (protocol), found by its file name.

A kind is a module with four names, none of which touches the network, the clock or the archive:

- `COMPLETE`: whether a document names everything its address holds, so that an indicator or a
  listing that has left it is withdrawn;
- `first_requests(source)`: the addresses every run asks;
- `follow(source, document)`: the further addresses that a received document leads to, each with the
  version its listing gives it; empty for a leaf;
- `normalise(source, document)`: its records, lazily, and a `Rejected` for each item that cannot be
  read.

`follow` and `normalise` raise `UnreadableError` where the whole document is not what it should be.
Fetching itself is the same for all kinds and lives in `collectors.fetching`.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from records import Document, Record, Rejected, Request, Source

NOT_KINDS = frozenset({"fetching", "limits", "source_files", "spider", "text"})


class Kind(Protocol):
    """What a module of this package offers."""

    COMPLETE: bool

    def first_requests(self, source: Source) -> list[Request]:
        """Return the addresses every run asks."""

    def follow(self, source: Source, document: Document) -> list[Request]:
        """Return the further addresses that a document leads to."""

    def normalise(self, source: Source, document: Document) -> Iterator[Record | Rejected]:
        """Yield the records of a document."""


@cache
def kinds() -> tuple[str, ...]:
    """Return the names of all kinds, in alphabetical order, without importing them."""
    names = {module.name for module in pkgutil.iter_modules(__path__)}
    return tuple(sorted(names - NOT_KINDS))


def kind(name: str) -> Kind:
    """Return the module of a kind; raises `KeyError` where there is none."""
    if name not in kinds():
        raise KeyError(name)
    return cast(Kind, importlib.import_module(f"collectors.{name}"))


def normalise(source: Source, document: Document) -> Iterator[Record | Rejected]:
    """Yield the records of a document as its source's kind reads them."""
    return kind(source.kind).normalise(source, document)
