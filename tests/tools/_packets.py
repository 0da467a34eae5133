"""Send packets inside a network of our own: two namespaces joined by a cable, one of which is the firewall."""

import subprocess
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

from records import Observable
from tests.tools._requests import address_in
from tests.tools._running import found, run


@contextmanager
def namespace() -> Iterator[str]:
    """Make a network of its own in which every address is this machine's; give its name."""
    name = f"vigie-{uuid.uuid4().hex[:8]}"
    ip = found("ip") or "ip"
    run([ip, "netns", "add", name])
    try:
        run([ip, "-n", name, "link", "set", "lo", "up"])
        run([ip, "-n", name, "route", "add", "local", "0.0.0.0/1", "dev", "lo"])
        run([ip, "-n", name, "-6", "route", "add", "local", "2000::/3", "dev", "lo"])
        yield name
    finally:
        run([ip, "netns", "del", name])


def inside(name: str, command: Iterable[str]) -> str:
    """Run a program in that network."""
    return run([found("ip") or "ip", "netns", "exec", name, *command])


def unreachable(name: str, items: Iterable[Observable]) -> frozenset[Observable]:
    """Return the items whose addresses a packet cannot be sent to there."""
    return frozenset(item for item in items if not _is_reached(name, address_in(item)))


def _is_reached(name: str, address: str) -> bool:
    """Send a datagram and see whether it came: every address is the machine's own there."""
    family = "AF_INET6" if ":" in address else "AF_INET"
    option = "41, 78" if family == "AF_INET6" else "0, 15"  # IPV6_FREEBIND, IP_FREEBIND (ipv6(7), ip(7))
    code = (
        f"import socket; one = socket.socket(socket.{family}, socket.SOCK_DGRAM); one.setsockopt({option}, 1); one.bind(('{address}', 0)); "
        f"one.settimeout(0.2); two = socket.socket(socket.{family}, socket.SOCK_DGRAM); "
        "two.sendto(b'x', one.getsockname()[:2]); one.recv(1)"
    )
    command = [found("ip") or "ip", "netns", "exec", name, found("python3") or "python3", "-c", code]
    done = subprocess.run(list(chain(command)), capture_output=True, check=False, timeout=30)
    return done.returncode == 0


def is_possible() -> bool:
    """Say whether this machine lets us make networks."""
    ip = found("ip")
    if ip is None:
        return False
    done = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False, timeout=30)
    return done.returncode == 0
