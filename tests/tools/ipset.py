"""ipset, fed with its file, in a network of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable
from tests.tools import Stopped
from tests.tools._packets import inside, is_possible, namespace
from tests.tools._requests import ADDRESSES, address_in
from tests.tools._running import found, version_of

NAME, PACKAGE, FORMAT, FILES = "ipset", "ipset", "ipset", ("ipset/vigie.ipset",)
TYPES = ADDRESSES


def version() -> str | None:
    """Return the installed version; `None` too where the kernel has no sets."""
    if not is_possible() or found("ipset") is None:
        return None
    with namespace() as name:
        command = [found("ip") or "ip", "netns", "exec", name, found("ipset") or "ipset", "list"]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    return version_of("ipset", "--version", word=1) if done.returncode == 0 else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Restore the sets twice, as each release does, and ask them."""
    ipset = found("ipset") or "ipset"
    with namespace() as name:
        for _ in range(2):
            inside(name, [ipset, "restore", "-file", str(lists / FILES[0])])

        def is_in(item: Observable) -> bool:
            address = address_in(item)
            command = [found("ip") or "ip", "netns", "exec", name, ipset, "test"]
            command += [f"vigie{6 if ':' in address else 4}", address]
            return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0

        yield lambda items: frozenset(filter(is_in, items))
