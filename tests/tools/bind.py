"""BIND, fed with the response policy zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools import RefusedError, Stopped
from tests.tools._names import ADDRESSED, asking
from tests.tools._running import found, free_port, run, running, version_of, wait_for_words

NAME, PACKAGE, FORMAT, FILES = "BIND (RPZ)", "bind9", "rpz", ("rpz/vigie.rpz",)
TYPES = ADDRESSED


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    return version_of("named", "-v", word=1) if found("dig") and found("dnsmasq") else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Serve the zone as a response policy and ask."""
    port, behind = free_port(), free_port()
    zone = work / "vigie.rpz"
    zone.write_bytes((lists / FILES[0]).read_bytes())
    run(
        [found("named-checkzone") or "named-checkzone", "rpz.vigie.invalid", zone],
        refuse=("ignoring", "warning", "invalid rpz"),
    )
    config = work / "named.conf"
    config.write_text(
        f"""options {{ directory "{work}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion yes; allow-query {{ any; }}; dnssec-validation no;
  forward only; forwarders {{ 127.0.0.1 port {behind}; }}; max-cache-ttl 1; max-ncache-ttl 1;
  response-policy {{ zone "rpz.vigie.invalid"; }} qname-wait-recurse no; }};
controls {{ }};
zone "rpz.vigie.invalid" {{ type primary; file "{zone}"; }};
"""
    )
    log = work / "named.log"
    with running([found("named") or "named", "-g", "-c", config, "-u", "root"], port, log):
        wait_for_words(log, "all zones loaded")
        wait_for_words(log, "rpz.vigie.invalid: reload done")
        if "invalid rpz" in log.read_text():
            raise RefusedError(log.read_text()[-2000:])
        yield asking(port, behind, work)
