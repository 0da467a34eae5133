"""Write Sigma rules (sigmahq.io, specification 2.0) on DNS questions, proxy requests and network connections.

Each file is one rule for the best entries of its sort. A value is compared whole, and a name also with what lies below.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType, record_id
from sharing.formats import may_be_blocked

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
    "All but the best 2 000 of each sort; mailboxes and hashes; everything but the value; and what may not be blocked "
    "(PAP:AMBER, PAP:RED)."
)

_NOTHING = "vigie.invalid"  # a list may not be empty; nobody can register this name (RFC 6761)
_SORTS = {
    DNS: ("DNS Query For A Name Listed By Vigie", "category: dns", "query|endswith"),
    PROXY: ("Proxy Request For A URL Listed By Vigie", "category: proxy", "c-uri"),
    ADDRESSES: ("Connection To An Address Listed By Vigie", "category: firewall", "dst_ip|cidr"),
}


def carries(row: Entry, name: str = DNS) -> bool:
    """Say whether an entry may be blocked and is no pattern to Sigma."""
    return may_be_blocked(row) and not any(sign in row.observable.value for sign in "*?\\")


def head(name: str, made_at: datetime) -> str:
    """Return the rule up to its values; `modified` is when they last changed."""
    title, source, field = _SORTS[name]
    return (
        f"title: {title}\nid: {record_id('sharing', 'sigma', name)}\nstatus: stable\n"
        "description: Detects traffic to what the health sector's watch lists as malicious\n"
        "references:\n    - https://cyberveille.esante.gouv.fr/\nauthor: Vigie\ndate: 2026-11-24\n"
        f"modified: {made_at:%Y-%m-%d}\nlogsource:\n    {source}\ndetection:\n    selection:\n        {field}:\n"
    )


def render(rows: Iterable[Entry], name: str = DNS) -> Iterator[str]:
    """Yield one line a value; a name has a second one, for what lies below it."""
    empty = True
    for row in rows:
        if carries(row, name):
            empty = False
            yield _lines(row.observable.value, name)
    if empty:
        yield f"            - {_quoted('192.0.2.255/32' if name == ADDRESSES else _NOTHING)}\n"


def tail(name: str) -> str:
    """Return the end of the rule."""
    return (
        "    condition: selection\nfalsepositives:\n    - Names and addresses that were returned to their owners\n"
        "level: high\n"
    )


def count(lines: Iterable[str]) -> int:
    """Return the number of values; what lies below a name counts with it."""
    values = [line.strip().removeprefix("- ") for line in lines if line.startswith("            - ")]
    return sum(
        not value.startswith("'.") and _NOTHING not in value and "192.0.2.255/32" not in value
        for value in values
    )


def _lines(value: str, name: str) -> str:
    if name == DNS:
        return f"            - {_quoted(value)}\n            - {_quoted('.' + value)}\n"
    if name == ADDRESSES and "/" not in value:
        value = f"{value}/{128 if ':' in value else 32}"
    return f"            - {_quoted(value)}\n"


def _quoted(text: str) -> str:
    """Write a text in single quotes (YAML 1.2 § 7.3.2)."""
    return "'" + text.replace("'", "''") + "'"
