"""Squid, fed with its three lists."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable, ObservableType
from tests.tools import Stopped
from tests.tools._requests import ADDRESSES, origin, status, url_of
from tests.tools._running import found, free_port, run, running, version_of

NAME, PACKAGE, FORMAT = "Squid", "squid", "squid"
FILES = ("squid/domains.acl", "squid/addresses.acl", "squid/urls.acl")
TYPES = ADDRESSES | {ObservableType.DOMAIN, ObservableType.URL}


def version() -> str | None:
    """Return the installed version."""
    return version_of("squid", "-v", word=3)


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Run the proxy before an origin that answers everything.

    Squid joins expressions where they are few and says that it does not where they are many: that is no refusal.
    """
    port, config = free_port(), work / "squid.conf"
    with origin() as behind:
        config.write_text(
            f"""http_port 127.0.0.1:{port}
acl listed_names dstdomain -n "{lists / FILES[0]}"
acl listed_addresses dst -n "{lists / FILES[1]}"
acl listed_urls url_regex "{lists / FILES[2]}"
http_access deny listed_names
http_access deny listed_addresses
http_access deny listed_urls
http_access allow all
cache_peer 127.0.0.1 parent {behind} 0 no-query default
never_direct allow all
cache deny all
cache_log /dev/null
access_log none
pid_filename {work}/squid.pid
pinger_enable off
visible_hostname vigie-test
shutdown_lifetime 1 second
strip_query_terms off
uri_whitespace deny
"""
        )
        program = found("squid") or "squid"
        run(
            [program, "-k", "parse", "-f", config],
            refuse=("ERROR", "WARNING: there are more", "WARNING: (B)", "empty ACL"),
        )
        with running([program, "-N", "-n", f"vigie{port}", "-f", config], port, work / "squid.log"):

            def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
                asked = ((item, status(port, url_of(item), through_proxy=True)) for item in items)
                return frozenset(item for item, answer in asked if answer == 403)

            yield stopped
