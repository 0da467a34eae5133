"""PowerDNS Recursor, fed with the response policy zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools import RefusedError, Stopped
from tests.tools._names import asking
from tests.tools._running import found, free_port, running, version_of
from tests.tools.bind import TYPES

NAME, PACKAGE, FORMAT, FILES = "PowerDNS Recursor", "pdns-recursor", "rpz", ("rpz/vigie.rpz",)
__all__ = ["FILES", "FORMAT", "NAME", "PACKAGE", "TYPES", "loaded", "version"]


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    if not (found("dig") and found("dnsmasq")):
        return None
    return version_of("pdns_recursor", "--version", word=5)


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the zone as a policy and ask; the program goes on without a zone that it cannot read, and only says so."""
    port, behind = free_port(), free_port()
    (work / "policy.lua").write_text(f'rpzFile("{lists / FILES[0]}", {{policyName="vigie"}})\n')
    (work / "recursor.conf").write_text(
        f"""local-address=127.0.0.1
local-port={port}
forward-zones-recurse=.=127.0.0.1:{behind}
lua-config-file={work}/policy.lua
socket-dir={work}
config-dir={work}
daemon=no
dnssec=off
dont-query=
setuid=
setgid=
max-cache-ttl=1
max-negative-ttl=1
packetcache-ttl=0
security-poll-suffix=
export-etc-hosts=no
"""
    )
    log = work / "recursor.log"
    with running([found("pdns_recursor") or "pdns_recursor", f"--config-dir={work}"], port, log):
        said = log.read_text("utf-8", "replace")
        if 'prio="Error"' in said or "Exception" in said:
            raise RefusedError(said[-2000:])
        yield asking(port, behind, work)
