"""Read an inventory from a spreadsheet saved as CSV, with whatever columns, separators and encoding it has."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from checking.assets import Asset, Fault, Inventory
from checking.columns import columns_of_cells, columns_of_heading

DELIMITERS = (";", "\t", ",", "|")
SAMPLE = 30  # records from which delimiter and columns are told
LONGEST_LINE = 20_000  # characters
MOST_LINES = 20  # that one record may take
LONGEST_NAME = 300  # characters of a name in which a version is sought
_TRAILING = re.compile(
    r"^(.*?[^\s,:(-])[\s,:(-]+v?([0-9]+(?:\.[0-9]+)+[^\s)]*"
    r"(?: (?:sp|update|patch|build|service pack|u|r|p|cu|hotfix) ?[0-9][^\s)]*)*)\)?$",
    re.IGNORECASE,
)

Record = tuple[int, list[str]]  # the line it begins on, its cells


def decoded(body: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16, or Windows-1252 on the lines that are no UTF-8."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    if b"\0" in body[:1000]:
        little = body[1:200:2].count(0) >= body[0:200:2].count(0)
        return body.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(_line(line) for line in body.split(b"\n"))


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def read_spreadsheet(text: str, columns: Mapping[str, int] | None = None) -> Inventory:
    """Return the assets of a CSV text; `columns` says which column plays which role where a person chose.

    Without a heading the columns are told from the cells. A product without a version whose name ends in one
    ("FortiGate 7.2.3") is split. A line that cannot be read is a fault; lines without product are passed over.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    faults: list[Fault] = []
    start = 1 if re.fullmatch(r"sep=.", lines[0].strip()) else 0
    delimiter = lines[0].strip()[4] if start else _delimiter(lines)
    records = [one for one in _records(lines, delimiter, start, faults) if any(map(str.strip, one[1]))]
    heading = columns_of_heading(records[0][1]) if records else {}
    chosen = columns or heading or columns_of_cells([cells for _, cells in records[:SAMPLE]])
    assets = (_asset(line, cells, chosen) for line, cells in records[1 if heading else 0 :])
    kept = tuple(one for one in assets if one.product or one.cpe or one.purl)
    return Inventory("csv", kept, tuple(faults), chosen)


def _delimiter(lines: list[str]) -> str:
    """Return what separates the cells: what gives most of the first records the same number of them."""
    told = [line for line in islice(lines, SAMPLE * MOST_LINES) if line.strip()]
    best, delimiter = (0, 0), DELIMITERS[0]
    for one in DELIMITERS:
        widths = [len(cells) for _, cells in islice(_records(told, one, 0, []), SAMPLE)]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        score = (widths.count(usual), usual) if usual > 1 else (0, 0)
        if score > best:
            best, delimiter = score, one
    return delimiter


def _records(lines: list[str], delimiter: str, start: int, faults: list[Fault]) -> Iterator[Record]:
    """Yield the records, each with the line it begins on; a cell in quotes may take several lines."""
    place = start
    while place < len(lines):
        if len(lines[place]) > LONGEST_LINE:
            faults.append(Fault(place + 1, f"is longer than {LONGEST_LINE} characters"))
            place += 1
            continue
        cells, taken = _record(lines, place, delimiter)
        if cells is None:
            faults.append(Fault(place + 1, f"opens a quote that is not closed within {MOST_LINES} lines"))
        else:
            yield place + 1, cells
        place += taken


def _record(lines: list[str], place: int, delimiter: str) -> tuple[list[str] | None, int]:
    """Return the cells of the record that begins at a line, and how many lines it takes."""
    record = lines[place]
    cells = _cells(record, delimiter)
    if cells is not None:
        return cells, 1
    for taken in range(2, min(MOST_LINES, len(lines) - place) + 1):
        line = lines[place + taken - 1]
        record += f"\n{line}"
        if len(record) > LONGEST_LINE:
            break
        if '"' in line and (cells := _cells(record, delimiter)) is not None:
            return cells, taken
    return None, 1


def _cells(record: str, delimiter: str) -> list[str] | None:
    """Return the cells of a record, `None` where one opens a quote and does not close it."""
    if '"' not in record:
        return record.split(delimiter)
    cells: list[str] = []
    held: list[str] = []  # the pieces of a cell in quotes that holds delimiters
    quotes = 0
    for piece in record.split(delimiter):
        if not held and not piece.lstrip().startswith('"'):  # a screen of 24" opens no quote
            cells.append(piece)
            continue
        held.append(piece)
        quotes += piece.count('"')
        alone = len(held) == 1 and "\n" not in piece
        if quotes % 2 == 0 and (alone or piece.rstrip().endswith('"')):
            cells.append(_unquoted(delimiter.join(held)))
            held, quotes = [], 0
    return None if held else cells


def _unquoted(cell: str) -> str:
    inner = cell.strip()
    return inner[1:-1].replace('""', '"') if inner.endswith('"') else inner.replace('"', "")


def _asset(line: int, cells: list[str], columns: Mapping[str, int]) -> Asset:
    values = {role: " ".join(cells[at].split()) for role, at in columns.items() if at < len(cells)}
    product, version = values.get("product", ""), values.get("version", "")
    found = None if version else _TRAILING.match(product[:LONGEST_NAME])
    if found:
        product, version = found[1], found[2]
    name, vendor = values.get("name", ""), values.get("vendor", "")
    return Asset(line, name, vendor, product, version, values.get("cpe", ""), values.get("purl", ""))
