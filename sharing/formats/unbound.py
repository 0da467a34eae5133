"""Write the domains for Unbound: a file to include, in which each name and all below it does not exist."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.rpz import is_name

FILES: Mapping[str, frozenset[ObservableType]] = {"unbound/vigie.conf": frozenset({ObservableType.DOMAIN})}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = "Everything but domains, and of them everything but the name; and what may not be blocked (PAP:AMBER, PAP:RED)."


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked, and resolvers take its value for one name."""
    return may_be_blocked(row) and is_name(row.observable.value)


def head(name: str, made_at: datetime) -> str:
    """Return the clause that the lines belong to."""
    return "server:\n"


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line a domain."""
    return (f'local-zone: "{row.observable.value}." always_nxdomain\n' for row in rows if carries(row))


def count(lines: Iterable[str]) -> int:
    """Return the number of zones."""
    return sum(line.startswith("local-zone: ") for line in lines)
