"""Write all indicators as one table (RFC 4180) that scripts load whole and spreadsheets open safely.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula (CWE-1236). Such a cell,
and one that begins with an apostrophe, gets one apostrophe in front; whoever loads the table removes
one leading apostrophe and has the value back, without exception. Only e-mail addresses and labels can
begin so: addresses, domains, URLs and hashes are always written as they are. A tab or a carriage
return cannot begin a cell, for no cell holds one.

A French spreadsheet that opens the file by double click cuts at semicolons, inside quotes too. A value
in which a semicolon stands before one of these signs would begin a formula there: it is left out.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from records import Entry, ObservableType
from sharing.formats.lines import is_one_word, labels, rfc3339

FILES: Mapping[str, frozenset[ObservableType]] = {"indicators.csv": frozenset(ObservableType)}
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
LOSES = (
    "Which source said what, once several are merged; labels beyond 50 and characters beyond 200 in "
    "one; in labels, `;` is written `,` and `|` is written `/`; and any value in which a semicolon "
    "stands before `=`, `+`, `-` or `@`."
)
COLUMNS = (
    "type",
    "value",
    "tlp",
    "pap",
    "confidence",
    "valid_from",
    "valid_until",
    "first_seen_at",
    "last_seen_at",
    "sources",
    "labels",
)

_CHUNK = 65_536  # characters kept before they are handed on
_FORMULA = tuple("=+-@＝＋－＠")  # full-width signs too: East Asian spreadsheets take them for the same
_GUARDED = ("'", *_FORMULA)
_HIDDEN_FORMULA = re.compile(rf';"*[{re.escape("".join(_FORMULA))}]')
_SEPARATORS = str.maketrans(";|", ",/")


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry stands and its value stays in its cell, in a French spreadsheet too."""
    value = row.observable.value
    return row.withdrawal is None and is_one_word(row.observable) and not _HIDDEN_FORMULA.search(value)


def head(name: str, made_at: datetime) -> str:
    """Return the header, ended by CRLF (RFC 4180 § 2)."""
    return ",".join(COLUMNS) + "\r\n"


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line per entry, ended by CRLF.

    Instants are RFC 3339 in UTC, an empty cell is an unknown one; `sources` and `labels` are separated
    by `|`.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for row in rows:
        if carries(row):
            writer.writerow(_cells(row))
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def count(lines: Iterable[str]) -> int:
    """Return the number of rows that are not the header."""
    return sum(1 for row in csv.reader(lines, strict=True) if tuple(row) != COLUMNS)


def _cells(row: Entry) -> tuple[str, ...]:
    """Return the cells of a row, by column; those that outsiders wrote are guarded."""
    return (
        row.observable.type.value,
        guarded(row.observable.value),
        f"TLP:{row.marking.tlp.label}",
        f"PAP:{row.marking.pap.name}",
        str(row.confidence),
        _instant(row.valid_from),
        _instant(row.valid_until),
        _instant(row.first_seen_at),
        _instant(row.last_seen_at),
        _joined(row.sources),
        _joined(row.labels),
    )


def _instant(at: datetime | None) -> str:
    return "" if at is None else rfc3339(at)


@lru_cache(maxsize=4096)
def _joined(texts: tuple[str, ...]) -> str:
    return guarded("|".join(text.translate(_SEPARATORS) for text in labels(texts)))


def guarded(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run, and before an apostrophe."""
    return f"'{text}" if text.startswith(_GUARDED) else text
