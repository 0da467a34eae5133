"""Write the values as an rsyslog look-up table: a message whose field is listed gets the type of what it is."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import orjson

from records import Entry, ObservableType
from sharing.formats.lines import is_one_word

FILES: Mapping[str, frozenset[ObservableType]] = {
    "siem/rsyslog.json": frozenset(ObservableType) - {ObservableType.IPV4_NET, ObservableType.IPV6_NET}
}
MEDIA_TYPE = "application/json"
LOSES = "Networks, for a table is asked for one value; and everything but value and type."

_LEFT = '{"version":1,"nomatch":"","type":"string","table":[\n{"index":"","value":""}'


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry stands and its value is one printable word."""
    return row.withdrawal is None and is_one_word(row.observable)


def head(name: str, made_at: datetime) -> str:
    """Return the beginning of the table; its first line matches nothing."""
    return _LEFT


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line a value."""
    return (
        f',\n{{"index":{orjson.dumps(row.observable.value).decode()},"value":"{row.observable.type.value}"}}'
        for row in rows
        if carries(row)
    )


def tail(name: str) -> str:
    """Return the end of the table."""
    return "\n]}\n"


def count(lines: Iterable[str]) -> int:
    """Return the number of lines that match something."""
    return sum(line.startswith('{"index":"') and not line.startswith('{"index":""') for line in lines)
