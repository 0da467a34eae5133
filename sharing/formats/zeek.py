"""Write the indicators for Zeek's Intelligence Framework, tab-separated."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.lines import one_line

FILES: Mapping[str, frozenset[ObservableType]] = {"zeek/vigie.intel": frozenset(ObservableType)}
MEDIA_TYPE = "text/tab-separated-values; charset=utf-8"
LOSES = (
    "Validity, marking and labels; the scheme, user and fragment of a URL, which Zeek's have not; and what may not be "
    "blocked (PAP:AMBER, PAP:RED), because Zeek may be told to."
)

_TYPES = {
    ObservableType.IPV4: "Intel::ADDR",
    ObservableType.IPV6: "Intel::ADDR",
    ObservableType.IPV4_NET: "Intel::SUBNET",
    ObservableType.IPV6_NET: "Intel::SUBNET",
    ObservableType.DOMAIN: "Intel::DOMAIN",
    ObservableType.URL: "Intel::URL",
    ObservableType.EMAIL: "Intel::EMAIL",
    ObservableType.MD5: "Intel::FILE_HASH",
    ObservableType.SHA1: "Intel::FILE_HASH",
    ObservableType.SHA256: "Intel::FILE_HASH",
}
_URL = re.compile(r"^[a-z]+://(?:[^/?#]*@)?|#.*")
_HEADER = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n"


def head(name: str, made_at: datetime) -> str:
    """Return the names of the columns."""
    return _HEADER


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line an entry."""
    return (
        f"{_value(row)}\t{_TYPES[row.observable.type]}\tvigie\t{_said(row.sources, row.confidence)}\n"
        for row in rows
        if may_be_blocked(row)
    )


def count(lines: Iterable[str]) -> int:
    """Return the number of lines that are not the header."""
    return sum(len(line.split("\t")) == 4 for line in lines if not line.startswith("#fields"))


def _value(row: Entry) -> str:
    """Return a value as Zeek's log of traffic has it; what its reader of tables would read otherwise is escaped."""
    value = row.observable.value
    if row.observable.type is ObservableType.URL:
        value = _URL.sub("", value) or value
    value = value.replace("\\", "\\x5c")
    return f"\\x{ord(value[0]):02x}{value[1:]}" if value[0] in "#-(" else value


@lru_cache(maxsize=16_384)
def _said(sources: tuple[str, ...], confidence: int) -> str:
    return f"confidence {confidence}: {', '.join(map(one_line, sources))}"
