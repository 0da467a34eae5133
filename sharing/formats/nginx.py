"""Write lists for nginx: a `map` of names (each with all below it) and a `geo` of addresses, to include."""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import is_address
from sharing.formats.rpz import is_name

DOMAINS, ADDRESSES = "nginx/domains.map", "nginx/addresses.geo"
FILES: Mapping[str, frozenset[ObservableType]] = {
    DOMAINS: frozenset({ObservableType.DOMAIN}),
    ADDRESSES: frozenset(
        {ObservableType.IPV4, ObservableType.IPV4_NET, ObservableType.IPV6, ObservableType.IPV6_NET}
    ),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = (
    "URLs, mailboxes and hashes; everything but the value; and what may not be blocked (PAP:AMBER, PAP:RED)."
)


def carries(row: Entry, name: str = DOMAINS) -> bool:
    """Say whether an entry may be blocked, and nginx takes its value for one name, address or network.

    Anything else costs it the whole configuration: it would read `;`, `{` and a backslash as its own.
    """
    if not may_be_blocked(row):
        return False
    return is_name(row.observable.value) if name == DOMAINS else is_address(row)


def render(rows: Iterable[Entry], name: str = DOMAINS) -> Iterator[str]:
    """Yield one line a value, which is 1."""
    dot = "." if name == DOMAINS else ""
    return (f"{dot}{row.observable.value} 1;\n" for row in rows if carries(row, name))


def count(lines: Iterable[str]) -> int:
    """Return the number of lines."""
    return sum(line.endswith(" 1;\n") for line in lines)
