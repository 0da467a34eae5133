"""Knot Resolver, fed with the response policy zone, of which it takes the names and passes over the addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from tests.tools import RefusedError, Stopped
from tests.tools._names import asking
from tests.tools._running import found, free_port, running, version_of

NAME, PACKAGE, FORMAT, FILES = "Knot Resolver", "knot-resolver", "rpz", ("rpz/vigie.rpz",)
TYPES = frozenset({ObservableType.DOMAIN})


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    return version_of("kresd", "--version") if found("dig") and found("dnsmasq") else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the zone as a policy and ask; the program listens once it has read the zone."""
    port, behind = free_port(), free_port()
    config, cache = work / "kresd.conf", work / "cache"
    cache.mkdir()
    config.write_text(
        f"""trust_anchors.remove('.')
cache.size = 10 * MB
policy.add(policy.rpz(policy.DENY, '{lists / FILES[0]}'))
policy.add(policy.all(policy.FORWARD('127.0.0.1@{behind}')))
net.listen('127.0.0.1', {port}, {{ kind = 'dns' }})
"""
    )
    log = work / "kresd.log"
    with running([found("kresd") or "kresd", "-n", "-c", config, cache], port, log):
        if any(word in log.read_text("utf-8", "replace") for word in ("rpz", "policy", "error")):
            raise RefusedError(log.read_text("utf-8", "replace")[-2000:])
        yield asking(port, behind, work)
