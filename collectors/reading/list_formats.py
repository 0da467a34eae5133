"""Read the lines of an indicator list as rows of text, whatever its format.

A reader takes one line and returns its rows, none for a line that says nothing; it raises
`ValueError` with the reason for a line that is not of its format.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from records import SettingsError, Source, UnreadableError

FIELDS = ("value", "type", "first_seen", "last_seen", "confidence", "label")

_LATE_COMMENT = re.compile(r"\s(?:#|;|//).*")
_ZONE_COMMENT = re.compile(r";[^\n]*")
_PARENTHESES = re.compile(r"\([^()]{0,1000}\)")  # of an SOA record, over several lines
_SINKS = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})
_LOCAL_NAMES = frozenset(
    [
        *("localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0", "ip6-localhost"),
        *(
            "ip6-loopback",
            "ip6-localnet",
            "ip6-mcastprefix",
            "ip6-allnodes",
            "ip6-allrouters",
            "ip6-allhosts",
        ),
    ]
)
_OTHER_RECORDS = frozenset({"SOA", "NS", "A", "AAAA", "TXT", "DNAME", "MX", "SRV", "PTR", "CAA"})


@dataclass(frozen=True, slots=True)
class Layout:
    """How one source writes its list: its options; `columns` is field to column or key, or empty."""

    format: str
    type: str
    columns: Mapping[str, str]
    header: bool
    delimiter: str


@dataclass(frozen=True, slots=True)
class Row:
    """One statement of a list, as written; empty where the list says nothing."""

    value: str
    type: str = ""
    first_seen: str = ""
    last_seen: str = ""
    confidence: str = ""
    label: str = ""


Reader = Callable[[str], list[Row]]


def layout_of(source: Source) -> Layout:
    """Return the layout that a source's options describe; raises `SettingsError` for a wrong one."""
    options = source.options
    columns, header = options.get("columns", {}), options.get("header", True)
    layout = Layout(
        format=str(options.get("format", "plain")),
        type=str(options.get("type", "auto")).lower(),
        columns=columns if isinstance(columns, dict) else {},
        header=header is not False,
        delimiter=str(options.get("delimiter", ",")),
    )
    if layout.format not in _READERS:
        raise _wrong(source, f"format {layout.format!r} is none of {', '.join(_READERS)}")
    if not isinstance(columns, dict) or not set(columns) <= set(FIELDS):
        raise _wrong(source, f"columns is not a table of {', '.join(FIELDS)}")
    if columns and "value" not in columns:
        raise _wrong(source, "columns does not say which holds the value")
    if len(layout.delimiter) != 1 or layout.delimiter in '"\r\n ':
        raise _wrong(source, "delimiter is not one character")
    if layout.format == "csv" and not layout.header:
        numbers = layout.columns.values()
        if not numbers or not all(re.fullmatch(r"[1-9]\d{0,3}", number) for number in numbers):
            raise _wrong(source, 'without a header, columns names numbers, such as value = "1"')
    return layout


def rows_of(body: bytes, layout: Layout) -> Iterator[tuple[int, list[Row] | str]]:
    """Yield the number of each line that says something, with its rows or why it cannot be read.

    Comment lines (`#`, `;`, `//`) and empty lines are left out. UTF-8, and UTF-16 by its mark, are
    read. Raises `UnreadableError` where the header of a CSV lacks a column the source needs.
    """
    comments = ("#", "//") if layout.delimiter == ";" else ("#", "//", ";")
    reader: Reader | None = (
        None if layout.format == "csv" and layout.header else _READERS[layout.format](layout)
    )
    for number, line in enumerate(_lines(body, layout), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(comments):
            continue
        if reader is None:
            reader = _csv_reader(layout, _places(layout, line))
            continue
        try:
            yield number, reader(line)
        except ValueError as error:
            yield number, str(error)


def _lines(body: bytes, layout: Layout) -> Iterator[str]:
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    content = body.decode("utf-16" if body.startswith(marks) else "utf-8-sig", "replace")
    if layout.format == "rpz":
        content = _ZONE_COMMENT.sub("", content)
        content = _PARENTHESES.sub(lambda match: "\n" * match[0].count("\n"), content)
    return iter(io.StringIO(content, newline=None))


def _plain_reader(layout: Layout) -> Reader:
    return lambda line: [Row(_LATE_COMMENT.sub("", line).strip(), layout.type)]


def _numbered_reader(layout: Layout) -> Reader:
    """Read a CSV without header."""
    return _csv_reader(layout, {field: int(number) - 1 for field, number in layout.columns.items()})


def _csv_reader(layout: Layout, places: Mapping[str, int]) -> Reader:
    """Read one line of a CSV; a quoted cell does not go over its end, so that no quote eats neighbours."""

    def read(line: str) -> list[Row]:
        cells = _cells(line, layout.delimiter)
        if len(cells) <= places["value"]:
            raise ValueError(f"the row has {len(cells)} columns, none for the value")
        found = {field: cells[place].strip() for field, place in places.items() if place < len(cells)}
        return [Row(**{"type": layout.type, **found})]

    return read


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.strip("\r\n")], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise ValueError(f"not a CSV row: {error}") from error


def _places(layout: Layout, header: str) -> dict[str, int]:
    """Return where the fields stand; raises `UnreadableError` where a column asked for is missing."""
    try:
        names = [name.strip().lower() for name in _cells(header, layout.delimiter)]
    except ValueError as error:
        raise UnreadableError(f"the first line is no CSV header: {error}") from error
    wanted = {field: name.strip().lower() for field, name in _columns(layout).items()}
    for field, name in wanted.items():
        if name not in names and (layout.columns or field == "value"):
            raise UnreadableError(f"the header has no column {name!r}: {', '.join(names)[:200]}")
    return {field: names.index(name) for field, name in wanted.items() if name in names}


def _columns(layout: Layout) -> Mapping[str, str]:
    """Return the columns to read: those the source names, else those that bear the fields' names."""
    return layout.columns or {field: field for field in FIELDS}


def _hosts_reader(layout: Layout) -> Reader:
    def read(line: str) -> list[Row]:
        address, *names = _LATE_COMMENT.sub("", line).split()
        listed = [name for name in names if name.lower() not in _LOCAL_NAMES]
        if not names or (listed and address not in _SINKS):
            raise ValueError(f"not a line of a hosts file: {line.strip()[:80]!r}")
        return [Row(name, "domain") for name in listed]

    return read


def _rpz_reader(layout: Layout) -> Reader:
    """Read a zone whose names are refused (`CNAME .`); other policies and triggers say nothing."""

    def read(line: str) -> list[Row]:
        owner, *rest = line.split()
        if owner.startswith("$") or line[0].isspace():
            return []
        while rest and (rest[0].isdigit() or rest[0].upper() == "IN"):
            rest = rest[1:]
        kind = rest[0].upper() if rest else ""
        if kind in _OTHER_RECORDS or (kind == "CNAME" and rest[1:] != ["."]):
            return []
        if kind != "CNAME":
            raise ValueError(f"not a record of a zone: {line.strip()[:80]!r}")
        if owner.lower().endswith(".rpz-ip"):
            return [Row(_network(owner.lower().removesuffix(".rpz-ip")), "cidr")]
        if owner.endswith("."):
            raise ValueError(f"the name {owner[:80]!r} is not relative to the zone")
        return [] if ".rpz-" in owner.lower() else [Row(owner, "domain")]

    return read


def _network(reverse: str) -> str:
    """Return the network of an `rpz-ip` trigger: `24.0.2.0.192` is 192.0.2.0/24, `zz` is `::`."""
    prefix, *labels = reverse.split(".")
    parts = labels[::-1]
    if len(parts) == 4 and "zz" not in parts:
        return f"{'.'.join(parts)}/{prefix}"
    address = ":".join("" if part == "zz" else part for part in parts)
    start = ":" if parts[:1] == ["zz"] else ""
    end = ":" if parts[-1:] == ["zz"] else ""
    return f"{start}{address}{end}/{prefix}"


def _ndjson_reader(layout: Layout) -> Reader:
    def read(line: str) -> list[Row]:
        try:
            item = orjson.loads(line.encode("utf-8", "surrogatepass"))
        except orjson.JSONDecodeError as error:
            raise ValueError(f"not a line of JSON: {error}") from error
        if isinstance(item, dict):
            found = {field: _word(item.get(key)) for field, key in _columns(layout).items()}
            return [Row(**{**found, "type": found.get("type") or layout.type})]
        raise ValueError("the line is not a JSON object")

    return read


def _word(value: Any) -> str:
    """Return a JSON value as a cell: a list of words joined by commas, objects and `null` as nothing."""
    if isinstance(value, list):
        return ", ".join(word for word in value if isinstance(word, str))
    return str(value) if isinstance(value, str | int | float) else ""


def _wrong(source: Source, what: str) -> SettingsError:
    return SettingsError(f"options of {source.id}: {what}")


_READERS: dict[str, Callable[[Layout], Reader]] = {
    "plain": _plain_reader,
    "csv": _numbered_reader,
    "hosts": _hosts_reader,
    "rpz": _rpz_reader,
    "ndjson": _ndjson_reader,
}
