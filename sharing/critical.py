"""Say which new entries a human must see before they go out: right or wrong, they could stop a hospital.

A name that is made to look like a hospital's may well be a lure. It may also be the hospital's other name, and
blocking it stops care; so does a very wide network, or a name below which much else lives.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from records import Entry, ObservableType
from sharing.lookalikes import resembled

WIDE = {4: 20, 6: 44}  # bits: a network wider than that is seen by a human first; the rule is ours
_NAMED = b'{"type":"domain-name","value":"'
_HOST = re.compile(r"[a-z]+://(?:[^/?#]*@)?([^/?#:\[\]]+)")


def why_critical(row: Entry) -> str:
    """Return why an entry must be seen by a human before it is listed; empty where it need not."""
    item = row.observable
    if item.type in (ObservableType.IPV4_NET, ObservableType.IPV6_NET):
        return _wide(item.value)
    name = item.value if item.type is ObservableType.DOMAIN else ""
    if item.type is ObservableType.URL and (host := _HOST.match(item.value)):
        name = host[1]
    found = resembled(name)
    return f"is written like {found}" if found else ""


def _wide(value: str) -> str:
    network = ipaddress.ip_network(value)
    bound = WIDE[network.version]
    return f"is wider than /{bound}" if network.prefixlen < bound else ""


def names_below(names: Iterable[str], parents: Collection[str]) -> Counter[str]:
    """Count how many of `names` lie below each of `parents`; a parent of very many is a hosting place."""
    below: Counter[str] = Counter()
    for name in names:
        above = name.partition(".")[2]
        while "." in above:
            if above in parents:
                below[above] += 1
            above = above.partition(".")[2]
    return below


def listed_names(lines: Iterable[bytes]) -> Iterator[str]:
    """Yield the domain names that stand in the lines of a release (`sharing.formats.ndjson.line_of`)."""
    for line in lines:
        if line.startswith(_NAMED) and b',"withdrawn":{' not in line:
            yield line[len(_NAMED) : line.index(b'"', len(_NAMED))].decode()
