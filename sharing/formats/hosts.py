"""Write the domains as a hosts file (hosts(5)), for machines and appliances that know nothing better."""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.rpz import is_name

FILES: Mapping[str, frozenset[ObservableType]] = {"hosts/vigie.hosts": frozenset({ObservableType.DOMAIN})}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = (
    "What lies below a name, for a hosts file names hosts one by one; everything but domains, and of them everything "
    "but the name; and what may not be blocked (PAP:AMBER, PAP:RED)."
)


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked, and resolvers take its value for one name."""
    return may_be_blocked(row) and is_name(row.observable.value)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield two lines a domain: no address of either version is that of the host (RFC 1122 § 3.2.1.3)."""
    return (f"0.0.0.0 {row.observable.value}\n:: {row.observable.value}\n" for row in rows if carries(row))


def count(lines: Iterable[str]) -> int:
    """Return the number of names with an IPv4 line."""
    return sum(line.startswith("0.0.0.0 ") for line in lines)
