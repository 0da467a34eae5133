"""Write the hashes as YARA rules of the `hash` module, one rule for the hashes that begin alike."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from records import Entry, ObservableType
from sharing.formats import clamav

FILES: Mapping[str, frozenset[ObservableType]] = {
    "yara/vigie.yar": frozenset({ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256})
}
MEDIA_TYPE = "text/plain; charset=utf-8"
WHOLE = True
MOST = 20_000  # YARA tries them one by one on every file
LOSES = (
    "All but the best 20 000 hashes, and of them everything but the value; and what may not be blocked (PAP:AMBER, "
    "PAP:RED)."
)

carries = clamav.carries


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield the import, then a rule for each two digits that hashes of a type begin with."""
    yield 'import "hash"\n'
    kept = (row.observable for row in rows if carries(row, name))
    for (kind, start), items in groupby(kept, key=lambda item: (item.type.value, item.value[:2])):
        tests = " or\n    ".join(f'hash.{kind}(0, filesize) == "{item.value}"' for item in items)
        yield f"rule vigie_{kind}_{start}\n{{\n  condition:\n    {tests}\n}}\n"


def count(lines: Iterable[str]) -> int:
    """Return the number of hashes."""
    return sum("(0, filesize) == " in line for line in lines)
