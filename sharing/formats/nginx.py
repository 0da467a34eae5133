"""Write lists for nginx: a `map` of names (each with all below it) and a `geo` of addresses, to include."""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked

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


def render(rows: Iterable[Entry], name: str = DOMAINS) -> Iterator[str]:
    """Yield one line a value, which is 1."""
    dot = "." if name == DOMAINS else ""
    return (f"{dot}{row.observable.value} 1;\n" for row in rows if may_be_blocked(row))


def count(lines: Iterable[str]) -> int:
    """Return the number of lines."""
    return sum(line.endswith(" 1;\n") for line in lines)
