"""Write the domains as zones that a BIND without response policies serves itself, all of them empty.

`bind/vigie.zones` is included in `named.conf`; each zone is read from `bind/vigie-empty.zone`, whose place the
`directory` option gives. A response policy zone is lighter: prefer it where there is one.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.rpz import is_name

EMPTY = "vigie-empty.zone"
FILES: Mapping[str, frozenset[ObservableType]] = {
    "bind/vigie.zones": frozenset({ObservableType.DOMAIN}),
    f"bind/{EMPTY}": frozenset(),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
MOST = 50_000  # each zone costs BIND some kilobytes
LOSES = (
    "Everything but the best 50 000 domains, and of them everything but the name; and what may not be blocked "
    "(PAP:AMBER, PAP:RED)."
)


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked, and resolvers take its value for one name."""
    return may_be_blocked(row) and is_name(row.observable.value)


def head(name: str, made_at: datetime) -> str:
    """Return the empty zone: it has a beginning and nothing else."""
    if name.endswith(EMPTY):
        return "$TTL 300\n@ SOA localhost. hostmaster.localhost. 1 900 300 2592000 300\n@ NS localhost.\n"
    return ""


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line a domain."""
    return (
        f'zone "{row.observable.value}" {{ type primary; file "{EMPTY}"; }};\n'
        for row in rows
        if carries(row)
    )


def count(lines: Iterable[str]) -> int:
    """Return the number of zones."""
    return sum(line.startswith('zone "') for line in lines)
