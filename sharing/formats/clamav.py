"""Write the hashes as ClamAV databases: `.hdb` for MD5, `.hsb` for SHA-1 and SHA-256, of files of any size."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import may_be_blocked

FILES: Mapping[str, frozenset[ObservableType]] = {
    "clamav/vigie.hdb": frozenset({ObservableType.MD5}),
    "clamav/vigie.hsb": frozenset({ObservableType.SHA1, ObservableType.SHA256}),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = "Everything but hashes, and of them everything but the value; and what may not be blocked (PAP:AMBER, PAP:RED)."

_LENGTHS = {ObservableType.MD5: 32, ObservableType.SHA1: 40, ObservableType.SHA256: 64}
_NONE = "Vigie.none"
_HEX = frozenset("0123456789abcdef")


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked and is a hash: one bad line costs ClamAV the whole database."""
    value = row.observable.value
    return may_be_blocked(row) and len(value) == _LENGTHS[row.observable.type] and _HEX.issuperset(value)


def head(name: str, made_at: datetime) -> str:
    """Return a signature that no file has: ClamAV refuses a database without any."""
    return f"{'0' * (32 if name.endswith('.hdb') else 64)}:*:{_NONE}:73\n"


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one signature a hash; files of unknown size need functionality level 73."""
    return (
        f"{row.observable.value}:*:Vigie.{row.observable.value[:12]}:73\n"
        for row in rows
        if carries(row, name)
    )


def count(lines: Iterable[str]) -> int:
    """Return the number of signatures of listed files."""
    return sum(line.endswith(":73\n") and _NONE not in line for line in lines)
