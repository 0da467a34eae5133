"""A hosts file, read by dnsmasq as a machine reads its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable, ObservableType
from tests.tools import RefusedError, Stopped
from tests.tools._names import refused_names, upstream
from tests.tools._running import found, free_port, running, version_of

NAME, PACKAGE, FORMAT, FILES = "hosts(5)", "dnsmasq-base", "hosts", ("hosts/vigie.hosts",)
TYPES = frozenset({ObservableType.DOMAIN})


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    return version_of("dnsmasq", "--version", word=2) if found("dig") and found("dnsmasq") else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the list and ask."""
    port, behind = free_port(), free_port()
    command = [
        found("dnsmasq") or "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        f"--port={port}",
    ]
    command += ["--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts", "--pid-file="]
    command += [
        f"--addn-hosts={lists / FILES[0]}",
        f"--server=127.0.0.1#{behind}",
        "--cache-size=0",
        "--user=root",
    ]
    with running(command, port, work / "dnsmasq.log"):
        if "bad" in (work / "dnsmasq.log").read_text():
            raise RefusedError((work / "dnsmasq.log").read_text())

        def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
            asked = list(items)
            with upstream(asked, behind, work):
                return refused_names(asked, port)

        yield stopped
