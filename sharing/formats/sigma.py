"""Write Sigma rules (sigmahq.io, specification 2.0) on DNS questions, proxy requests and network connections.

Each file is one rule for the best entries of its sort. A value is compared whole; of a name also what lies below it
is found, by its end with the dot: without it `evil.example` would find `not-evil.example`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import takewhile

from records import Entry, ObservableType, record_id
from sharing.formats import may_be_blocked
from sharing.formats.merging import is_address

DNS, PROXY, ADDRESSES = (
    "sigma/vigie_dns_query_listed_name.yml",
    "sigma/vigie_proxy_listed_url.yml",
    "sigma/vigie_firewall_listed_address.yml",
)
FILES: Mapping[str, frozenset[ObservableType]] = {
    DNS: frozenset({ObservableType.DOMAIN}),
    PROXY: frozenset({ObservableType.URL}),
    ADDRESSES: frozenset(
        {ObservableType.IPV4, ObservableType.IPV4_NET, ObservableType.IPV6, ObservableType.IPV6_NET}
    ),
}
MEDIA_TYPE = "application/yaml"
WHOLE = True
MOST = 2_000  # of each: queries made from more are refused by most systems
LOSES = (
    "All but the best 2 000 of each sort; mailboxes and hashes; URLs with `?`, `*` or a backslash, which strict checks of "
    "Sigma refuse in values; everything but the value; and what may not be blocked (PAP:AMBER, PAP:RED)."
)

_NOTHING = "vigie.invalid"  # a list may not be empty; nobody can register this name (RFC 6761)
_NOWHERE = "192.0.2.255/32"  # the same among addresses (RFC 5737)
_SORTS = {
    DNS: ("DNS Query For A Name Listed By Vigie", "dns", "query"),
    PROXY: ("Proxy Request For A URL Listed By Vigie", "proxy", "c-uri"),
    ADDRESSES: ("Connection To An Address Listed By Vigie", "firewall", "dst_ip|cidr"),
}


def carries(row: Entry, name: str = DNS) -> bool:
    """Say whether an entry may be blocked and is no pattern to Sigma; a bad network would cost the whole rule."""
    if name == ADDRESSES and not is_address(row):
        return False
    return may_be_blocked(row) and not any(sign in row.observable.value for sign in "*?\\")


def head(name: str, made_at: datetime) -> str:
    """Return the rule up to its values; `modified` is when they last changed."""
    title, category, _ = _SORTS[name]
    return (
        f"title: {title}\nid: {record_id('sharing', 'sigma', name)}\nstatus: stable\n"
        "description: Detects traffic to what the health sector's watch lists as malicious\n"
        "references:\n    - https://cyberveille.esante.gouv.fr/\nauthor: Vigie\ndate: 2026-11-24\n"
        f"modified: {made_at:%Y-%m-%d}\nlogsource:\n    category: {category}\ndetection:\n"
    )


def render(rows: Iterable[Entry], name: str = DNS) -> Iterator[str]:
    """Yield the values to compare with, and for names a second time what lies below them."""
    values = [_value(row.observable.value, name) for row in rows if carries(row, name)]
    values = values or [_NOWHERE if name == ADDRESSES else _NOTHING]
    yield from _selection("selection_listed", _SORTS[name][2], values)
    if name == DNS:
        yield from _selection("selection_below", "query|endswith", (f".{value}" for value in values))


def tail(name: str) -> str:
    """Return the end of the rule."""
    return (
        "    condition: 1 of selection_*\nfalsepositives:\n    - Names and addresses that were returned to their owners\n"
        "level: high\n"
    )


def count(lines: Iterable[str]) -> int:
    """Return the number of values of the first selection; the second has the same names."""
    first = takewhile(lambda line: "selection_below" not in line, lines)
    values = [line.strip().removeprefix("- ") for line in first if line.startswith("            - ")]
    return sum(value not in {_quoted(_NOTHING), _quoted(_NOWHERE)} for value in values)


def _selection(said: str, field: str, values: Iterable[str]) -> Iterator[str]:
    yield f"    {said}:\n        {field}:\n"
    yield from (f"            - {_quoted(value)}\n" for value in values)


def _value(value: str, name: str) -> str:
    """Return a value; an address is a network of its own, because it is compared as one."""
    if name == ADDRESSES and "/" not in value:
        return f"{value}/{128 if ':' in value else 32}"
    return value


def _quoted(text: str) -> str:
    """Write a text in single quotes (YAML 1.2 § 7.3.2)."""
    return "'" + text.replace("'", "''") + "'"
