"""A hosts file, read by dnsmasq as a machine reads its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from tests.tools import RefusedError, Stopped
from tests.tools._names import asking
from tests.tools._running import found, free_port, running, version_of, wait_for_words

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
        "--log-facility=-",
    ]
    log = work / "dnsmasq.log"
    with running(command, port, log):
        wait_for_words(log, f"read {lists / FILES[0]} - ")
        if "bad address" in log.read_text() or "bad name" in log.read_text():
            raise RefusedError(log.read_text()[-2000:])
        yield asking(port, behind, work)
