"""Write look-up tables for SIEMs: Splunk, Microsoft Sentinel's watchlists, and Elastic with ECS names.

Cells are guarded as in the general table: one leading apostrophe is removed when a cell has one. Sentinel's columns are
those of its table `ThreatIntelligenceIndicator`, behind the `SearchKey` that a watchlist needs. Elastic's are fields of
the Elastic Common Schema 8 (`threat.indicator.*`, `tags`).
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from records import Entry, ObservableType
from sharing.formats import csv_table
from sharing.formats.csv_table import guarded
from sharing.formats.lines import labels, rfc3339

SPLUNK, SENTINEL, ELASTIC = "siem/splunk.csv", "siem/sentinel.csv", "siem/elastic.csv"
FILES: Mapping[str, frozenset[ObservableType]] = {
    name: frozenset(ObservableType) for name in (SPLUNK, SENTINEL, ELASTIC)
}
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
VERSION = 2
LOSES = (
    "Which source said what, once several are merged; the PAP, so use them to look up, not to block; labels beyond 50 and "
    "characters beyond 200 in one; in labels, `;` is written `,` and `|` is written `/`; and any value in which a "
    "semicolon stands before `=`, `+`, `-` or `@`."
)

_HOLE = "\0"  # where a row's value goes; no value that is carried holds one
_LEFT = {  # the columns that the type and the value decide
    SPLUNK: ("indicator", "type"),
    SENTINEL: (
        "SearchKey", "IndicatorType", "NetworkIP", "NetworkCidrBlock", "DomainName", "Url", "EmailSenderAddress",
        "FileHashType", "FileHashValue",
    ),
    ELASTIC: (
        "threat.indicator.name", "threat.indicator.type", "threat.indicator.ip", "threat.indicator.url.domain",
        "threat.indicator.url.full", "threat.indicator.email.address", "threat.indicator.file.hash.md5",
        "threat.indicator.file.hash.sha1", "threat.indicator.file.hash.sha256",
    ),
}  # fmt: skip
_RIGHT = {
    SPLUNK: ("confidence", "tlp", "valid_until", "sources", "labels"),
    SENTINEL: ("ConfidenceScore", "ExpirationDateTime", "TrafficLightProtocolLevel", "Tags"),
    ELASTIC: (
        "threat.indicator.confidence", "threat.indicator.marking.tlp", "threat.indicator.first_seen",
        "threat.indicator.last_seen", "threat.indicator.modified_at", "threat.indicator.provider", "tags",
    ),
}  # fmt: skip
_HEADERS = {name: _LEFT[name] + _RIGHT[name] for name in FILES}
_SENTINEL_PLACES = {
    ObservableType.DOMAIN: "DomainName",
    ObservableType.EMAIL: "EmailSenderAddress",
    ObservableType.IPV4: "NetworkIP",
    ObservableType.IPV4_NET: "NetworkCidrBlock",
    ObservableType.IPV6: "NetworkIP",
    ObservableType.IPV6_NET: "NetworkCidrBlock",
    ObservableType.MD5: "FileHashValue",
    ObservableType.SHA1: "FileHashValue",
    ObservableType.SHA256: "FileHashValue",
    ObservableType.URL: "Url",
}
_ELASTIC_PLACES = {  # a network has the type of its addresses (ECS `threat.indicator.type`), but `ip` cannot hold it
    ObservableType.DOMAIN: ("domain-name", "threat.indicator.url.domain"),
    ObservableType.EMAIL: ("email-addr", "threat.indicator.email.address"),
    ObservableType.IPV4: ("ipv4-addr", "threat.indicator.ip"),
    ObservableType.IPV4_NET: ("ipv4-addr", "threat.indicator.name"),
    ObservableType.IPV6: ("ipv6-addr", "threat.indicator.ip"),
    ObservableType.IPV6_NET: ("ipv6-addr", "threat.indicator.name"),
    ObservableType.MD5: ("file", "threat.indicator.file.hash.md5"),
    ObservableType.SHA1: ("file", "threat.indicator.file.hash.sha1"),
    ObservableType.SHA256: ("file", "threat.indicator.file.hash.sha256"),
    ObservableType.URL: ("url", "threat.indicator.url.full"),
}
_HASHES = {ObservableType.MD5: "MD5", ObservableType.SHA1: "SHA1", ObservableType.SHA256: "SHA256"}
_SEPARATORS = str.maketrans(";|", ",/")

carries = csv_table.carries


def head(name: str, made_at: datetime) -> str:
    """Return the header, ended by CRLF (RFC 4180 § 2)."""
    return ",".join(_HEADERS[name]) + "\r\n"


def render(rows: Iterable[Entry], name: str = SPLUNK) -> Iterator[str]:
    """Yield one line per entry, ended by CRLF; several sources or labels are separated by `|`."""
    frames, right = _FRAMES[name], _RIGHT_OF[name]
    return (
        f"{frames[row.observable.type].replace(_HOLE, _cell(row.observable.value))},{right(row)}\r\n"
        for row in rows
        if carries(row)
    )


def count(lines: Iterable[str]) -> int:
    """Return the number of rows that are no header."""
    headers = set(_HEADERS.values())
    return sum(1 for row in csv.reader(lines, strict=True) if tuple(row) not in headers)


def _frame(name: str, kind: ObservableType) -> str:
    """Return the cells that a type decides, with holes for the value."""
    cells = {"indicator": _HOLE, "type": kind.value}
    if name == SENTINEL:
        cells = {"SearchKey": _HOLE, "IndicatorType": kind.value, "FileHashType": _HASHES.get(kind, "")}
        cells[_SENTINEL_PLACES[kind]] = _HOLE
    elif name == ELASTIC:
        said, place = _ELASTIC_PLACES[kind]
        cells = {"threat.indicator.name": _HOLE, "threat.indicator.type": said, place: _HOLE}
    return ",".join(cells.get(column, "") for column in _LEFT[name])


def _splunk(row: Entry) -> str:
    context = f"{_instant(row.valid_until)},{_joined(row.sources)},{_joined(row.labels)}"
    return f"{row.confidence},{row.marking.tlp.label},{context}"


def _sentinel(row: Entry) -> str:
    return f"{row.confidence},{_instant(row.valid_until)},{row.marking.tlp.label},{_joined(row.labels)}"


def _elastic(row: Entry) -> str:
    seen = f"{_instant(row.first_seen_at)},{_instant(row.last_seen_at)},{rfc3339(row.changed_at)}"
    context = f"{_joined(row.sources)},{_joined(row.labels)}"
    return f"{_word(row.confidence)},{row.marking.tlp.label},{seen},{context}"


_FRAMES = {name: {kind: _frame(name, kind) for kind in ObservableType} for name in FILES}
_RIGHT_OF: Mapping[str, Callable[[Entry], str]] = {SPLUNK: _splunk, SENTINEL: _sentinel, ELASTIC: _elastic}


def _word(confidence: int) -> str:
    """Return a confidence in ECS's words: the scale None, Low, Med, High of STIX 2.1, appendix A."""
    if confidence >= 70:
        return "High"
    if confidence >= 30:
        return "Medium"
    return "Low" if confidence else "None"


def _instant(at: datetime | None) -> str:
    return "" if at is None else rfc3339(at)


@lru_cache(maxsize=4096)
def _joined(texts: tuple[str, ...]) -> str:
    return _cell("|".join(text.translate(_SEPARATORS) for text in labels(texts)))


def _cell(text: str) -> str:
    """Return a text of one line as a cell, guarded, and quoted where RFC 4180 wants it."""
    text = guarded(text)
    if '"' in text:
        text = text.replace('"', '""')
        return f'"{text}"'
    return f'"{text}"' if "," in text else text
