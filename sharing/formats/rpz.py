"""Write a DNS response policy zone (RPZ, draft-vixie-dnsop-dns-rpz) that BIND, Unbound, Knot and PowerDNS load.

Each domain is there twice, itself and all below it; each address and network is a trigger on answers, which Knot
passes over. What is listed does not exist (NXDOMAIN): `CNAME .`. The serial is the instant at which the zone last changed.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import is_address

FILES: Mapping[str, frozenset[ObservableType]] = {
    "rpz/vigie.rpz": frozenset(
        {
            ObservableType.DOMAIN,
            ObservableType.IPV4,
            ObservableType.IPV4_NET,
            ObservableType.IPV6,
            ObservableType.IPV6_NET,
        }
    )
}
MEDIA_TYPE = "text/dns"  # RFC 4027
VERSION = 2
LOSES = (
    "URLs, mailboxes and hashes; names too long to stand below the zone's own, and those that end as its triggers "
    "do; everything but the value; and what may not be blocked (PAP:AMBER, PAP:RED)."
)
ORIGIN = "rpz.vigie.invalid"  # a name that nobody can register (RFC 6761); the resolver may use another

_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{3,253}}\Z)(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}", re.ASCII)
_ADDRESS = re.compile(r"(?:[0-9.]+|[0-9a-f:]+)(?:/[0-9]{1,3})?")  # no netmask, no zone of an address
_LONGEST = 253 - len("*.") - len(f".{ORIGIN}") - 16  # characters of a name; some for a longer origin


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked, and its name fits below the zone's and is none of its triggers."""
    if not may_be_blocked(row):
        return False
    value = row.observable.value
    if row.observable.type is ObservableType.DOMAIN:
        return len(value) <= _LONGEST and is_name(value) and not _is_trigger(value)
    return _ADDRESS.fullmatch(value) is not None and is_address(row)


def is_name(value: str) -> bool:
    """Say whether every resolver takes a value for one name: lower-case labels of letters, digits, `-` and `_`.

    Anything else costs a list all of its names, or means more than it says: `#` is every name to dnsmasq.
    """
    return _NAME.fullmatch(value) is not None


def head(name: str, made_at: datetime) -> str:
    """Return the beginning of the zone; names below are relative to it."""
    serial = int(made_at.timestamp())
    return (
        f"$ORIGIN {ORIGIN}.\n$TTL 300\n@ SOA localhost. hostmaster.localhost. {serial} 900 300 2592000 300\n"
        "@ NS localhost.\n"
    )


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield two lines a domain, one an address or network."""
    return (_lines(row) for row in rows if carries(row))


def count(lines: Iterable[str]) -> int:
    """Return the number of triggers, a domain and what lies below it being one."""
    owners = (line.split(" ", 1) for line in lines)
    return sum(1 for owner in owners if owner[1] == "CNAME .\n" and not owner[0].startswith("*."))


def _is_trigger(value: str) -> bool:
    """Say whether a name ends like a trigger: `1.0.0.0.0.rpz-ip` would stop half of all answers."""
    return value.rpartition(".")[2].startswith("rpz-")


def _lines(row: Entry) -> str:
    item = row.observable
    if item.type is ObservableType.DOMAIN:
        return f"{item.value} CNAME .\n*.{item.value} CNAME .\n"
    return f"{_trigger(item.value)} CNAME .\n"


def _trigger(value: str) -> str:
    """Return the name that stands for an address or network: length, then its parts in reverse, `zz` for `::`."""
    if ":" not in value:
        address, _, length = value.partition("/")
        return f"{length or '32'}.{'.'.join(reversed(address.split('.')))}.rpz-ip"
    network = ipaddress.IPv6Network(value)
    text = network.network_address.compressed
    words = [word or "zz" for word in text.replace("::", ":zz:").strip(":").split(":")]
    return f"{network.prefixlen}.{'.'.join(reversed(words))}.rpz-ip"
