"""Read a list of indicators: plain lines, CSV, a hosts file, a response policy zone or NDJSON.

Options of a source:

- `format`: `plain` (the default), `csv`, `hosts`, `rpz` or `ndjson`;
- `type`: what the values are where no column says it: one of `TYPES`, or `auto` (the default);
- `columns`: which column (CSV) or key (NDJSON) gives `value`, and where there are such `type`,
  `first_seen`, `last_seen`, `confidence` and `label`; without it, those of these names;
- `header`: false where a CSV has none; `columns` then holds numbers, `"1"` for the first;
- `delimiter`: of a CSV, `,` by default.
"""

import re
from collections.abc import Iterator

from collectors.reading import text
from collectors.reading.list_formats import Row, layout_of, rows_of
from records import (
    Document,
    Indicator,
    Marking,
    Observable,
    ObservableType,
    Provenance,
    Record,
    Rejected,
    Request,
    SettingsError,
    Source,
    Start,
    UnreadableError,
    observable,
    record_id,
)
from records.observables import refang

COMPLETE = True
LISTS_ALL = False
OPTIONS = {
    "format": "plain (the default), csv, hosts, rpz or ndjson",
    "type": "the type of every value, as STIX names it, or auto (the default)",
    "columns": "which column or key holds value, type, first_seen, last_seen, confidence, label",
    "header": "whether the first line names the columns of a csv (the default)",
    "delimiter": "what separates the cells of a csv, by default a comma",
}

MAX_REJECTED = 100  # lines named one by one; the others are counted

_ADDRESS = ObservableType.IPV4  # whatever address or network is written
TYPES = {kind.value: kind for kind in ObservableType} | {
    "ip": _ADDRESS,
    "ipv4": _ADDRESS,
    "ipv6": _ADDRESS,
    "cidr": _ADDRESS,
    "ip:port": _ADDRESS,
    "domain": ObservableType.DOMAIN,
    "hostname": ObservableType.DOMAIN,
    "fqdn": ObservableType.DOMAIN,
    "email": ObservableType.EMAIL,
    "md5_hash": ObservableType.MD5,
    "sha1_hash": ObservableType.SHA1,
    "sha256_hash": ObservableType.SHA256,
}
_BY_LENGTH = {32: ObservableType.MD5, 40: ObservableType.SHA1, 64: ObservableType.SHA256}
_HEX = re.compile(r"[0-9a-f]{32,64}", re.IGNORECASE)
_WITH_PORT = re.compile(r"((?:\d{1,3}\.){3}\d{1,3}):\d{1,5}", re.ASCII)
_LIKE_ADDRESS = re.compile(r"[\d.]+(?:/\d+)?|\[?[0-9a-f.]*:[0-9a-f:.]*\]?(?:/\d+)?", re.IGNORECASE)


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the one address of the list; raises `SettingsError` where its options are wrong."""
    layout = layout_of(source)
    if layout.type != "auto" and layout.type not in TYPES:
        raise SettingsError(f"options of {source.id}: type {layout.type!r} is none of {', '.join(TYPES)}")
    return [Request(source.url)]


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: the list is a leaf."""
    return []


def normalise(source: Source, document: Document) -> Iterator[Record | Rejected]:
    """Yield an `Indicator` for each value, once; of several lines with one value the first holds.

    A list without entries yields nothing. What cannot be read comes last: `MAX_REJECTED` lines one by
    one, the others as a count. Raises `UnreadableError` where the document is empty or a page, or
    where nothing at all can be read.
    """
    looks = text.looks_like(document.body)
    if looks in ("empty", "an HTML page", "an XML document", "gzip data"):
        raise UnreadableError(f"the document is {looks}, not a list of indicators")
    seen: set[str] = set()
    rejected: list[Rejected] = []
    more = 0
    for outcome in _outcomes(source, document):
        if isinstance(outcome, Indicator):
            if outcome.native_id not in seen:
                seen.add(outcome.native_id)
                yield outcome
        elif len(rejected) < MAX_REJECTED:
            rejected.append(outcome)
        else:
            more += 1
    if rejected and not seen:
        raise UnreadableError(
            f"no line can be read as an indicator; {rejected[0].native_id}: {rejected[0].reason}"
        )
    yield from rejected
    if more:
        yield Rejected(source.id, document.url, "", f"{more} further lines cannot be read")


def _outcomes(source: Source, document: Document) -> Iterator[Indicator | Rejected]:
    """Yield what comes of each row, duplicates and all."""
    provenance = Provenance(source.id, document.url, document.digest, document.received_at)
    for number, rows in rows_of(document.body, layout_of(source)):
        if isinstance(rows, str):
            yield Rejected(source.id, document.url, f"line {number}", rows)
            continue
        for row in rows:
            try:
                yield _indicator(source, provenance, row)
            except ValueError as error:
                yield Rejected(source.id, document.url, f"line {number}", f"{row.value[:80]!r}: {error}")


def _indicator(source: Source, provenance: Provenance, row: Row) -> Indicator:
    """Make the indicator of one row; raises `ValueError` where its value or type is none of ours."""
    seen = _observable(row)
    native_id = f"{seen.type}:{seen.value}"
    first_seen, label = text.instant(row.first_seen), text.line(row.label[:1000])
    return Indicator(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        observable=seen,
        marking=Marking(source.tlp),
        provenance=provenance,
        confidence=_confidence(row.confidence, source.confidence),
        valid_from=first_seen,
        first_seen_at=first_seen,
        last_seen_at=text.instant(row.last_seen),
        labels=(label,) if label else (),
    )


def _observable(row: Row) -> Observable:
    """Read a value as its type says; `*.name` and `.name` stand for the name."""
    value, kind = refang(row.value), row.type.lower()
    if kind != "auto" and kind not in TYPES:
        raise ValueError(f"the type {row.type[:40]!r} is none we exchange")
    read_as = _guess(value) if kind == "auto" else TYPES[kind]
    if read_as is ObservableType.DOMAIN:
        value = value.removeprefix("*").removeprefix(".")
    elif read_as is _ADDRESS and (endpoint := _WITH_PORT.fullmatch(value)):
        value = endpoint[1]
    return observable(read_as, value)


def _guess(value: str) -> ObservableType:
    """Return what a refanged value looks like; a domain where it looks like nothing else."""
    if "://" in value:
        return ObservableType.URL
    if _HEX.fullmatch(value) and len(value) in _BY_LENGTH:
        return _BY_LENGTH[len(value)]
    if _LIKE_ADDRESS.fullmatch(value):
        return _ADDRESS
    if "/" in value:
        return ObservableType.URL
    return ObservableType.EMAIL if "@" in value else ObservableType.DOMAIN


def _confidence(written: str, otherwise: int) -> int:
    """Return a confidence of 0–100 as written, or the source's where it is none."""
    stated = written.isascii() and written.isdigit() and len(written) <= 3 and int(written) <= 100
    return int(written) if stated else otherwise
