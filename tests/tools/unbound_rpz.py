"""Unbound, fed with the response policy zone."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable, ObservableType
from tests.tools import RefusedError, Stopped
from tests.tools._names import refused_names, upstream
from tests.tools._running import found, free_port, run, running, version_of, wait_for_words

NAME, PACKAGE, FORMAT, FILES = "Unbound (RPZ)", "unbound", "rpz", ("rpz/vigie.rpz",)
TYPES = frozenset(
    {
        ObservableType.DOMAIN,
        ObservableType.IPV4,
        ObservableType.IPV4_NET,
        ObservableType.IPV6,
        ObservableType.IPV6_NET,
    }
)


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    return version_of("unbound", "-V", word=1) if found("dig") and found("dnsmasq") else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Include the list and ask."""
    port, behind = free_port(), free_port()
    config = work / "unbound.conf"
    config.write_text(
        f"""server:
  interface: 127.0.0.1
  port: {port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{work}"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  cache-max-ttl: 0
  module-config: "respip iterator"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{behind}
rpz:
  name: rpz.vigie.invalid
  zonefile: "{lists / FILES[0]}"
"""
    )
    run([found("unbound-checkconf") or "unbound-checkconf", config], refuse=("warning:", "error:"))
    log = work / "unbound.log"
    with running([found("unbound") or "unbound", "-d", "-c", config], port, log):
        wait_for_words(log, "start of service")
        if "error:" in log.read_text() or "warning:" in log.read_text():
            raise RefusedError(log.read_text()[-2000:])

        def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
            asked = list(items)
            with upstream(asked, behind, work):
                return refused_names(asked, port)

        yield stopped
