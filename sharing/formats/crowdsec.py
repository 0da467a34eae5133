"""Write the addresses as decisions that CrowdSec imports (`cscli decisions import --format csv`).

A decision ends after two days where the list is not imported again, so what has left does not stay.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import is_address

FILES: Mapping[str, frozenset[ObservableType]] = {
    "crowdsec/decisions.csv": frozenset(
        {ObservableType.IPV4, ObservableType.IPV4_NET, ObservableType.IPV6, ObservableType.IPV6_NET}
    )
}
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
LOSES = (
    "Everything but addresses and networks, and of them everything but the value; and what may not be blocked "
    "(PAP:AMBER, PAP:RED)."
)

_NETWORKS = frozenset({ObservableType.IPV4_NET, ObservableType.IPV6_NET})
_HEADER = "duration,scope,value,type,reason\n"


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked and reads as an address or a network."""
    return may_be_blocked(row) and is_address(row)


def head(name: str, made_at: datetime) -> str:
    """Return the header."""
    return _HEADER


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line a decision."""
    return (
        f"48h,{'range' if row.observable.type in _NETWORKS else 'ip'},{row.observable.value},ban,vigie\n"
        for row in rows
        if carries(row)
    )


def count(lines: Iterable[str]) -> int:
    """Return the number of lines below the header."""
    return sum(line != _HEADER for line in lines)
