"""HAProxy, fed with its three lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable, ObservableType
from tests.tools import Stopped
from tests.tools._requests import ADDRESSES, address_in, origin, status, url_of
from tests.tools._running import found, free_port, run, running, version_of

NAME, PACKAGE, FORMAT = "HAProxy", "haproxy", "haproxy"
FILES = ("haproxy/domains.lst", "haproxy/addresses.lst", "haproxy/urls.lst")
TYPES = ADDRESSES | {ObservableType.DOMAIN, ObservableType.URL}

LAST_LABELS = ("", *(f",field(-1,.,{number})" for number in range(2, 7)))  # all, then the last two to six


def version() -> str | None:
    """Return the installed version."""
    return version_of("haproxy", "-v", word=2)


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Run the proxy before an origin; an address is presented as who asks."""
    port, config = free_port(), work / "haproxy.cfg"
    names = "\n".join(
        f"  acl listed_name hdr(host),host_only,lower{last} -m str -f {lists / FILES[0]}"
        for last in LAST_LABELS
    )
    with origin() as behind:
        config.write_text(
            f"""defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend test
  bind 127.0.0.1:{port}
{names}
  acl listed_address req.hdr_ip(x-probe) -f {lists / FILES[1]}
  acl listed_url base -m str -f {lists / FILES[2]}
  http-request deny if listed_name or listed_address or listed_url
  default_backend all
backend all
  server origin 127.0.0.1:{behind}
"""
        )
        program = found("haproxy") or "haproxy"
        run([program, "-c", "-f", config], refuse=("[WARNING]", "[ALERT]"))
        with running([program, "-db", "-f", config], port, work / "haproxy.log"):

            def is_stopped(item: Observable) -> bool:
                if item.type in ADDRESSES:
                    probe = {"X-Probe": address_in(item)}
                    return status(port, "http://site.test/", through_proxy=False, headers=probe) == 403
                return status(port, url_of(item), through_proxy=False) == 403

            yield lambda items: frozenset(item for item in items if is_stopped(item))
