"""Ask resolvers: an upstream to which every name leads somewhere, and questions to the one that is tested."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from records import Observable, ObservableType
from tests.tools import Stopped
from tests.tools._running import found, running

ADDRESSED = frozenset(  # the types that a response policy zone can be asked about
    {
        ObservableType.DOMAIN,
        ObservableType.IPV4,
        ObservableType.IPV4_NET,
        ObservableType.IPV6,
        ObservableType.IPV6_NET,
    }
)
SOMEWHERE = "198.51.100.77"  # where every other name leads


def lead(item: Observable) -> str:
    """Return the name that leads to the address of an item."""
    return f"a{crc32(item.value.encode()):x}.leads-to.net"


@contextmanager
def upstream(items: list[Observable], port: int, work: Path) -> Iterator[None]:
    """Run a server that knows every name, and for each address of `items` a name that leads to it."""
    config = work / f"upstream-{port}.conf"
    lines = [f"address=/#/{SOMEWHERE}", "address=/#/2001:db8::77"]
    for item in items:
        if item.type is not ObservableType.DOMAIN:
            lines.append(f"address=/{lead(item)}/{item.value.partition('/')[0]}")
    config.write_text("\n".join(lines) + "\n")
    command = [
        found("dnsmasq") or "dnsmasq",
        "--keep-in-foreground",
        f"--conf-file={config}",
        f"--port={port}",
    ]
    command += ["--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts", "--user=root"]
    with running([*command, "--pid-file="], port, work / f"upstream-{port}.log"):
        yield


def refused_names(items: Iterable[Observable], port: int) -> frozenset[Observable]:
    """Ask for each item; return those whose answer is that there is no such name, or no address."""
    return frozenset(item for item in items if _is_refused(item, port))


def _is_refused(item: Observable, port: int) -> bool:
    name = item.value if item.type is ObservableType.DOMAIN else lead(item)
    kind = "AAAA" if ":" in item.value and item.type is not ObservableType.DOMAIN else "A"
    command = [found("dig") or "dig", f"-p{port}", "@127.0.0.1", name, kind, "+tries=2", "+time=5", "+noedns"]
    command += ["+noauthority", "+noadditional"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    if "status: NXDOMAIN" in done.stdout:
        return True
    if "status: NOERROR" not in done.stdout:
        raise AssertionError(done.stdout)
    answers = [line.split()[-1] for line in done.stdout.splitlines() if line and not line.startswith(";")]
    return set(answers) <= {"0.0.0.0", "::"}


def asking(port: int, behind: int, work: Path) -> Stopped:
    """Return what asks the resolver on a port, whose upstream is to answer on the port `behind`."""

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        asked = list(items)
        with upstream(asked, behind, work):
            return refused_names(asked, port)

    return stopped
