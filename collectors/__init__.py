"""Read the outside world. One module per kind of source (protocol), found by its file name.

A kind is a module with six names, none of which touches the network, the clock or the archive:

- `COMPLETE`: whether a document names everything its address holds, so that an indicator or a
  listing that has left it is withdrawn;
- `LISTS_ALL`: whether a listing names all there is, so that what it no longer names is withdrawn
  (a feed manifest), or only the newest (an avis list);
- `OPTIONS`: the names of its own options in a source file, each with its meaning;
- `first_requests(source, start)`: the addresses a run begins with; raises `SettingsError` where an
  option or the source's address is one it cannot use, which is told when the source file is loaded;
- `follow(source, document)`: the further addresses that a received document leads to, each with the
  version its listing gives it; empty for a leaf;
- `normalise(source, document)`: its records, lazily, a `Rejected` for each item that cannot be read,
  and a `LeftOut` for each sort of thing that is not kept.

`follow` and `normalise` raise `UnreadableError` where the whole document is not what it should be.
Fetching is the same for all kinds and lives in `collectors.fetching`. A kind may offer more, and is
then one of `Incremental`, `Sealed`, `Crawling` or `Local` too.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Protocol, cast, runtime_checkable

from records import Document, Finding, Request, Source, Start
from settings import FetchSettings

FOR_NAMED_CVES = frozenset(
    {"cvelist", "epss"}
)  # kinds whose records are kept only for CVEs the archive names
NOT_KINDS = frozenset({"source_files"})


class Kind(Protocol):
    """What every module of this package offers that is a kind."""

    COMPLETE: bool
    LISTS_ALL: bool
    OPTIONS: Mapping[str, str]

    def first_requests(self, source: Source, start: Start) -> list[Request]:
        """Return the addresses a run begins with."""

    def follow(self, source: Source, document: Document) -> list[Request]:
        """Return the further addresses that a document leads to."""

    def normalise(self, source: Source, document: Document) -> Iterator[Finding]:
        """Yield what a document holds."""


@runtime_checkable
class Incremental(Protocol):
    """A kind that asks only for what has come since its last run."""

    def cursor(self, source: Source, document: Document) -> str | None:
        """Return how far a document leads, `None` where it says nothing of that.

        The greatest text of a run is kept, where all of the run succeeded.
        """


@runtime_checkable
class Sealed(Protocol):
    """A kind whose documents are vouched for by others beside them (`Request.seals`, `Request.keys`)."""

    def verify(
        self, source: Source, document: Document, seals: Mapping[str, bytes], keys: Mapping[str, bytes]
    ) -> None:
        """Check a document against its seals and its signers' keys, each by its address as requested.

        A seal that its server does not have (404, 410) is missing from `seals`; a key that could not be
        had, or was not read because there is no signature, is empty. Raises
        `UnreadableError` with the reason where the document must not be trusted.
        """


@runtime_checkable
class Crawling(Protocol):
    """A kind that reads pages made for people, and obeys their robots.txt (RFC 9309)."""

    OBEYS_ROBOTS: bool


@runtime_checkable
class Local(Protocol):
    """A kind that does not speak HTTP: a mailbox, a folder. `first_requests` only checks its source."""

    def read(self, source: Source, start: Start, settings: FetchSettings) -> Sequence[Document]:
        """Return the new documents of a source, oldest first; empty where there is nothing new.

        Their addresses are kept in the bookmark; a kind that is `Incremental` moves its cursor by
        them. Raises `FetchError` where the source cannot be read, with nothing lost.
        """


@cache
def kinds() -> tuple[str, ...]:
    """Return the names of all kinds, in alphabetical order, without importing them."""
    names = {module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg}
    return tuple(sorted(names - NOT_KINDS))


def kind(name: str) -> Kind:
    """Return the module of a kind; raises `KeyError` where there is none."""
    if name not in kinds():
        raise KeyError(name)
    return cast(Kind, importlib.import_module(f"collectors.{name}"))
