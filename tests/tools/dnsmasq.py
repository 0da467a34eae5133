"""dnsmasq, fed with its own file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from tests.tools import Stopped
from tests.tools._names import asking
from tests.tools._running import found, free_port, run, running, version_of

NAME, PACKAGE, FORMAT, FILES = "dnsmasq", "dnsmasq-base", "dnsmasq", ("dnsmasq/vigie.conf",)
TYPES = frozenset({ObservableType.DOMAIN})


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    return version_of("dnsmasq", "--version", word=2) if found("dig") and found("dnsmasq") else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the list and ask."""
    port, behind = free_port(), free_port()
    program, list_file = found("dnsmasq") or "dnsmasq", lists / FILES[0]
    run([program, "--test", f"--conf-file={list_file}"])
    command = [program, "--keep-in-foreground", f"--conf-file={list_file}", f"--port={port}", "--user=root"]
    command += ["--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts", "--pid-file="]
    with running([*command, f"--server=127.0.0.1#{behind}", "--cache-size=0"], port, work / "dnsmasq.log"):
        yield asking(port, behind, work)
