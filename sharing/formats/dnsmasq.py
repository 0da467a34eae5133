"""Write the domains for dnsmasq: a file for `conf-dir`, in which each name and all below it does not exist."""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.rpz import is_name

FILES: Mapping[str, frozenset[ObservableType]] = {"dnsmasq/vigie.conf": frozenset({ObservableType.DOMAIN})}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = "Everything but domains, and of them everything but the name; and what may not be blocked (PAP:AMBER, PAP:RED)."


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked, and resolvers take its value for one name."""
    return may_be_blocked(row) and is_name(row.observable.value)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line a domain: an address option without address answers NXDOMAIN."""
    return (f"address=/{row.observable.value}/\n" for row in rows if carries(row))


def count(lines: Iterable[str]) -> int:
    """Return the number of names."""
    return sum(line.startswith("address=/") for line in lines)
