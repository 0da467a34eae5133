"""Run Unbound with clauses of ours before an upstream, and ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools import RefusedError, Stopped
from tests.tools._names import asking
from tests.tools._running import found, free_port, run, running, version_of, wait_for_words


def version() -> str | None:
    """Return the installed version; `None` without dig and dnsmasq too, which the questions need."""
    return version_of("unbound", "-V", word=1) if found("dig") and found("dnsmasq") else None


@contextmanager
def answering(modules: str, clauses: str, work: Path) -> Iterator[Stopped]:
    """Run Unbound with these modules, and these lines at the end of its configuration."""
    port, behind = free_port(), free_port()
    config, log = work / "unbound.conf", work / "unbound.log"
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
  module-config: "{modules}"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{behind}
{clauses}
"""
    )
    run([found("unbound-checkconf") or "unbound-checkconf", config], refuse=("warning:", "error:"))
    with running([found("unbound") or "unbound", "-d", "-c", config], port, log):
        wait_for_words(log, "start of service")
        if "error:" in log.read_text() or "warning:" in log.read_text():
            raise RefusedError(log.read_text()[-2000:])
        yield asking(port, behind, work)
