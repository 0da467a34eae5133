"""Read the outside world. One module per kind of source (protocol), found by its file name.

A kind is a module with six names, none of which touches the network, the clock or the archive:

- `COMPLETE`: whether a document names everything its address holds, so that an indicator or a
  listing that has left it is withdrawn;
- `LISTS_ALL`: whether a listing names all there is, so that what it no longer names is withdrawn
  (a feed manifest), or only the newest (an avis list);
- `OPTIONS`: the names of its own options in a source file, each with its meaning;
- `first_requests(source)`: the addresses every run asks; raises `SettingsError` where an option has a
  value it cannot use, which is told when the source file is loaded;
- `follow(source, document)`: the further addresses that a received document leads to, each with the
  version its listing gives it; empty for a leaf;
- `normalise(source, document)`: its records, lazily, and a `Rejected` for each item that cannot be
  read.

`follow` and `normalise` raise `UnreadableError` where the whole document is not what it should be.
Fetching itself is the same for all kinds and lives in `collectors.fetching`.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Protocol, cast

from records import Document, Record, Rejected, Request, Source

FOR_NAMED_CVES = frozenset({"epss"})  # kinds whose records are kept only for CVEs the archive names
NOT_KINDS = frozenset(
    {
        "csaf_document",
        "csaf_products",
        "fetching",
        "limits",
        "list_formats",
        "misp",
        "politeness",
        "source_files",
        "spider",
        "stix",
        "stix_patterns",
        "text",
    }
)


class Kind(Protocol):
    """What a module of this package offers."""

    COMPLETE: bool
    LISTS_ALL: bool
    OPTIONS: Mapping[str, str]

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
