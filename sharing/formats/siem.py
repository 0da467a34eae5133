"""Write look-up tables for SIEMs: Splunk, Microsoft Sentinel's watchlists, and Elastic with ECS names.

Cells are guarded as in the general table: one leading apostrophe is removed when a cell has one.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import csv_table
from sharing.formats.csv_table import guarded
from sharing.formats.lines import labels, rfc3339

SPLUNK, SENTINEL, ELASTIC = "siem/splunk.csv", "siem/sentinel.csv", "siem/elastic.csv"
FILES: Mapping[str, frozenset[ObservableType]] = {
    name: frozenset(ObservableType) for name in (SPLUNK, SENTINEL, ELASTIC)
}
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
LOSES = (
    "Which source said what, once several are merged; the PAP, so use them to look up, not to block; and any value in which "
    "a semicolon stands before `=`, `+`, `-` or `@`."
)

_HASHES = {ObservableType.MD5: "MD5", ObservableType.SHA1: "SHA1", ObservableType.SHA256: "SHA256"}
_ADDRESSES = frozenset({ObservableType.IPV4, ObservableType.IPV6})
_HEADERS = {
    SPLUNK: ("indicator", "type", "confidence", "tlp", "valid_until", "sources", "labels"),
    SENTINEL: (
        "SearchKey", "IndicatorType", "NetworkIP", "DomainName", "Url", "EmailSenderAddress", "FileHashType",
        "FileHashValue", "ConfidenceScore", "ExpirationDateTime", "TrafficLightProtocolLevel", "Tags",
    ),
    ELASTIC: (
        "threat.indicator.name", "threat.indicator.type", "threat.indicator.ip", "threat.indicator.url.domain",
        "threat.indicator.url.full", "threat.indicator.email.address", "threat.indicator.file.hash.md5",
        "threat.indicator.file.hash.sha1", "threat.indicator.file.hash.sha256", "threat.indicator.confidence",
        "threat.indicator.marking.tlp", "threat.indicator.first_seen", "threat.indicator.last_seen",
        "threat.indicator.provider",
    ),
}  # fmt: skip

carries = csv_table.carries


def head(name: str, made_at: datetime) -> str:
    """Return the header."""
    return ",".join(_HEADERS[name]) + "\r\n"


def render(rows: Iterable[Entry], name: str = SPLUNK) -> Iterator[str]:
    """Yield the lines of a table, some hundreds a piece."""
    buffer = io.StringIO(newline="")
    writer, cells = csv.writer(buffer), _CELLS[name]
    for row in rows:
        if carries(row):
            writer.writerow(cells(row))
        if buffer.tell() > 65_536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def count(lines: Iterable[str]) -> int:
    """Return the number of rows that are no header."""
    headers = set(_HEADERS.values())
    return sum(1 for row in csv.reader(lines, strict=True) if tuple(row) not in headers)


def _splunk(row: Entry) -> tuple[str, ...]:
    return (
        guarded(row.observable.value),
        row.observable.type.value,
        str(row.confidence),
        row.marking.tlp.label,
        _instant(row.valid_until),
        _joined(row.sources),
        _joined(row.labels),
    )


def _sentinel(row: Entry) -> tuple[str, ...]:
    kind, value = row.observable.type, guarded(row.observable.value)
    hashed = _HASHES.get(kind, "")
    return (
        value,
        kind.value,
        value if kind in _ADDRESSES else "",
        value if kind is ObservableType.DOMAIN else "",
        value if kind is ObservableType.URL else "",
        value if kind is ObservableType.EMAIL else "",
        hashed,
        value if hashed else "",
        str(row.confidence),
        _instant(row.valid_until),
        row.marking.tlp.label,
        _joined(row.labels),
    )


def _elastic(row: Entry) -> tuple[str, ...]:
    kind, value = row.observable.type, guarded(row.observable.value)
    return (
        value,
        "file" if kind in _HASHES else kind.value,
        value if kind in _ADDRESSES else "",
        value if kind is ObservableType.DOMAIN else "",
        value if kind is ObservableType.URL else "",
        value if kind is ObservableType.EMAIL else "",
        value if kind is ObservableType.MD5 else "",
        value if kind is ObservableType.SHA1 else "",
        value if kind is ObservableType.SHA256 else "",
        "High" if row.confidence >= 70 else "Medium" if row.confidence >= 40 else "Low",
        row.marking.tlp.label,
        _instant(row.first_seen_at),
        _instant(row.last_seen_at),
        _joined(row.sources),
    )


_CELLS: Mapping[str, Callable[[Entry], tuple[str, ...]]] = {
    SPLUNK: _splunk,
    SENTINEL: _sentinel,
    ELASTIC: _elastic,
}


def _instant(at: datetime | None) -> str:
    return "" if at is None else rfc3339(at)


def _joined(texts: tuple[str, ...]) -> str:
    return guarded(" ".join(text.replace(";", ",") for text in labels(texts)))
