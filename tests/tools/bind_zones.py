"""BIND, fed with one empty zone a name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from tests.tools import RefusedError, Stopped
from tests.tools._names import asking
from tests.tools._running import found, free_port, run, running, version_of, wait_for_words

NAME, PACKAGE, FORMAT, FILES = (
    "BIND (zones)",
    "bind9",
    "bind_zones",
    ("bind/vigie.zones", "bind/vigie-empty.zone"),
)
TYPES = frozenset({ObservableType.DOMAIN})


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    return version_of("named", "-v", word=1) if found("dig") and found("dnsmasq") else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Serve the zones and ask."""
    port, behind = free_port(), free_port()
    for name in FILES:
        (work / Path(name).name).write_bytes((lists / name).read_bytes())
    config = work / "named.conf"
    config.write_text(
        f"""options {{ directory "{work}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion yes; allow-query {{ any; }}; dnssec-validation no;
  forward only; forwarders {{ 127.0.0.1 port {behind}; }}; }};
controls {{ }};
include "vigie.zones";
"""
    )
    run([found("named-checkconf") or "named-checkconf", "-z", config], refuse=("warning", "error:", "failed"))
    log = work / "named.log"
    with running([found("named") or "named", "-g", "-c", config, "-u", "root"], port, log):
        wait_for_words(log, "all zones loaded")
        if "not loaded" in log.read_text():
            raise RefusedError(log.read_text()[-2000:])
        yield asking(port, behind, work)
