"""Write the addresses for ipset: a file for `ipset restore` that fills new sets and swaps them in.

The bound of the sets never changes, because a set with another bound is refused; it costs nothing.
Neighbouring addresses are merged, so a line may stand for several entries; the first line says for how many.
"""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import SAID, is_address, merged, networks, told_by

FILES: Mapping[str, frozenset[ObservableType]] = {
    "ipset/vigie.ipset": frozenset(
        {ObservableType.IPV4, ObservableType.IPV4_NET, ObservableType.IPV6, ObservableType.IPV6_NET}
    )
}
MEDIA_TYPE = "text/plain; charset=utf-8"
WHOLE = True
VERSION = 2
LOSES = (
    "Everything but addresses and networks, and of them everything but the value; which of two neighbours was listed; "
    "and what may not be blocked (PAP:AMBER, PAP:RED)."
)

_FAMILY = {4: "inet", 6: "inet6"}
_ROOM = 4_194_304  # networks


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked and reads as an address or a network."""
    return may_be_blocked(row) and is_address(row)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield the sets `vigie4` and `vigie6`, built beside those in use."""
    kept = list(filter(carries, rows))
    yield f"{SAID}{len(kept)}\n"
    for version, spans in merged(kept).items():
        options = f"hash:net family {_FAMILY[version]} maxelem {_ROOM} -exist"
        yield f"create vigie{version} {options}\ncreate vigie{version}-new {options}\nflush vigie{version}-new\n"
        for value in networks(spans, version):
            yield f"add vigie{version}-new {value}\n"
        yield f"swap vigie{version}-new vigie{version}\ndestroy vigie{version}-new\n"


def count(lines: Iterable[str]) -> int:
    """Return how many entries the first line says the file stands for, once every line was read."""
    return told_by(lines, lambda line: line.split()[2:] if line.startswith("add ") else ())
