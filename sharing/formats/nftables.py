"""Write the addresses for nftables: one file for `nft -f` that replaces its own table in one step.

The table drops what is forwarded to or from a listed address and what this machine sends there. Neighbouring
addresses are merged, so a line may stand for several entries; the first line says for how many.
"""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import SAID, is_address, merged, networks, told_by

FILES: Mapping[str, frozenset[ObservableType]] = {
    "nftables/vigie.nft": frozenset(
        {ObservableType.IPV4, ObservableType.IPV4_NET, ObservableType.IPV6, ObservableType.IPV6_NET}
    )
}
MEDIA_TYPE = "text/plain; charset=utf-8"
WHOLE = True
LOSES = (
    "Everything but addresses and networks, and of them everything but the value; which of two neighbours was listed; "
    "and what may not be blocked (PAP:AMBER, PAP:RED)."
)

_PART = 500  # elements a line
_TABLE = """\
table inet vigie
delete table inet vigie
table inet vigie {
  set ipv4 { type ipv4_addr; flags interval; auto-merge; }
  set ipv6 { type ipv6_addr; flags interval; auto-merge; }
  chain forward {
    type filter hook forward priority -10; policy accept;
    ip daddr @ipv4 counter drop
    ip saddr @ipv4 counter drop
    ip6 daddr @ipv6 counter drop
    ip6 saddr @ipv6 counter drop
  }
  chain output {
    type filter hook output priority -10; policy accept;
    ip daddr @ipv4 counter drop
    ip6 daddr @ipv6 counter drop
  }
}
"""


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked and reads as an address or a network."""
    return may_be_blocked(row) and is_address(row)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield the table, then its elements, some hundreds a line."""
    kept = list(filter(carries, rows))
    yield f"{SAID}{len(kept)}\n{_TABLE}"
    for version, spans in merged(kept).items():
        values = list(networks(spans, version))
        for start in range(0, len(values), _PART):
            yield f"add element inet vigie ipv{version} {{ {', '.join(values[start : start + _PART])} }}\n"


def count(lines: Iterable[str]) -> int:
    """Return how many entries the first line says the file stands for, once every element was read."""
    return told_by(lines, _elements)


def _elements(line: str) -> list[str]:
    """Return the elements that a line adds."""
    if not line.startswith("add element "):
        return []
    return line.partition("{")[2].rstrip(" }\n").lstrip().split(", ")
