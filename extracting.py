"""Read files for their indicators: any text, Markdown or HTML in, a row for each value out."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from collectors.reading import text
from enrichment.naming.extraction import extract
from records import TLP, Observable, ObservableType, observable
from sharing.formats.csv_table import guarded
from sharing.shield import Shield, suppression

COLUMNS = ("file", "type", "value", "confidence", "context", "section", "tlp", "hidden_by")
HEADING = re.compile(r"<h[1-6]\b[^>]*>", re.IGNORECASE)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TYPES = {kind.value: kind for kind in ObservableType}


@dataclass(frozen=True, slots=True)
class Row:
    """A value that a file names, refanged; `hidden_by` says which entry of the shield would keep it from
    every list, and is empty where none would.
    """

    file: str
    type: str
    value: str
    confidence: int
    context: str
    section: str
    tlp: str
    hidden_by: str = ""


def rows(name: str, body: bytes, *, tlp: TLP, shield: Shield, shielded: bool) -> Iterator[Row]:
    """Yield the values of one file, each once, in the order of the text.

    `tlp` is the file's marking, which its values keep. Where `shielded`, what the shield hides is left
    out; otherwise it is there with the reason. Bytes that are no UTF-8 are read as Windows-1252.
    """
    for found in extract(readable(name, body)):
        kind = _TYPES.get(found.type.value)
        hidden = suppression(Observable(kind, found.value), shield) if kind else None
        if hidden and shielded:
            continue
        yield Row(
            name,
            found.type.value,
            found.value,
            found.confidence,
            " ".join(found.context.split()),
            found.section,
            tlp.label,
            f"{hidden.list}: {hidden.entry}" if hidden else "",
        )


def readings(value: str) -> list[Observable]:
    """Return what a value written by a person may be: the first sort it is a value of, none where it is none."""
    for kind in ObservableType:
        with suppress(ValueError):
            return [observable(kind, value)]
    return []


def readable(name: str, body: bytes) -> str:
    """Return the text of a file; of HTML its words, headings marked as in Markdown."""
    try:
        written = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = body.decode("cp1252", "replace")
    if name.lower().endswith((".html", ".htm", ".xhtml")) or _HTML.match(body[:2000]):
        return text.whole(HEADING.sub(lambda tag: f"{tag[0]}# ", written))
    return written


def ndjson(found: Iterable[Row]) -> Iterator[str]:
    """Yield one JSON object a line; an empty `hidden_by` is left out."""
    for row in found:
        said = {name: getattr(row, name) for name in COLUMNS if name != "hidden_by" or row.hidden_by}
        yield json.dumps(said, ensure_ascii=False) + "\n"


def as_csv(found: Iterable[Row]) -> Iterator[str]:
    """Yield a CSV with a header (RFC 4180); a value that a spreadsheet would run begins with an apostrophe,
    and semicolons are commas: NDJSON has the values as they are."""
    yield from _csv_line(COLUMNS)
    for row in found:
        yield from _csv_line([_harmless(str(getattr(row, name))) for name in COLUMNS])


def _csv_line(values: Iterable[str]) -> Iterator[str]:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    yield line.getvalue()


def _harmless(value: str) -> str:
    """Return a cell that no spreadsheet runs: a French one cuts at semicolons, even between quotes."""
    return guarded(value.replace(";", ","))
