"""nftables, fed with its file, in a network of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable
from tests.tools import Stopped
from tests.tools._packets import inside, is_possible, namespace, unreachable
from tests.tools._requests import ADDRESSES
from tests.tools._running import found, version_of

NAME, PACKAGE, FORMAT, FILES = "nftables", "nftables", "nftables", ("nftables/vigie.nft",)
TYPES = ADDRESSES


def version() -> str | None:
    """Return the installed version; `None` too where no network can be made."""
    return version_of("nft", "--version", word=1) if is_possible() else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the file twice, as each release does, and send packets."""
    nft = found("nft") or "nft"
    with namespace() as name:
        for _ in range(2):
            inside(name, [nft, "-f", str(lists / FILES[0])])

        def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
            return unreachable(name, items)

        yield stopped
