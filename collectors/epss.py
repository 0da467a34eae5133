"""Read EPSS: FIRST's daily file of exploit predictions for every CVE, as gzip or plain CSV.

Format: https://www.first.org/epss/data_stats. The first line carries the date of the scores, the
second names the columns.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from datetime import date, timedelta

from collectors.reading import text
from records import (
    Document,
    Epss,
    Marking,
    Provenance,
    Record,
    Rejected,
    Request,
    Source,
    Start,
    UnreadableError,
    Vulnerability,
    record_id,
)

COMPLETE = True
LISTS_ALL = False
OPTIONS: dict[str, str] = {}

MAX_BYTES = 64 * 2**20  # unpacked; a day's file has about 10 MiB
MAX_REJECTED = 100  # rows named one by one; the others are counted

_GZIP = b"\x1f\x8b"
_COLUMNS = ["cve", "epss", "percentile"]
_SCORE_DATE = re.compile(r"#.*\bscore_date:(\d{4}-\d{2}-\d{2})", re.ASCII)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the one address of the file."""
    return [Request(source.url)]


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: the file is a leaf."""
    return []


def normalise(source: Source, document: Document) -> Iterator[Record | Rejected]:
    """Yield a `Vulnerability` that holds nothing but its `Epss`, for every row of the file.

    A row that cannot be read is rejected: the first `MAX_REJECTED` one by one, the others by a
    closing count. Raises `UnreadableError` where the file is not EPSS, of a day to come, cut short, unpacks
    to more than `MAX_BYTES` or has no row: what has left it is withdrawn, so that half of one must not pass.
    """
    body = _unpacked(document.body)
    rows = io.BytesIO(body)
    model_on = _model_date(body, rows.readline(), rows.readline())
    if model_on > document.received_at.date() + timedelta(days=1):
        raise UnreadableError(f"the score_date {model_on} has not come yet")
    provenance = Provenance(source.id, document.url, document.digest, document.received_at)
    marking, source_id = Marking(source.tlp), source.id
    read = rejected = 0
    for number, line in enumerate(rows, start=3):
        row = line.decode("utf-8", "replace").strip()
        if not row:
            continue
        try:
            cve, epss = _score(row, model_on)
        except ValueError as error:
            rejected += 1
            if rejected <= MAX_REJECTED:
                yield Rejected(source_id, document.url, f"line {number}", f"{row[:80]!r}: {error}")
            continue
        read += 1
        yield Vulnerability(
            id=record_id(source_id, cve),
            source_id=source_id,
            cve=cve,
            provenance=provenance,
            marking=marking,
            epss=epss,
        )
    if not read:
        raise UnreadableError("the EPSS file has no row that can be read")
    if rejected > MAX_REJECTED:
        more = rejected - MAX_REJECTED
        yield Rejected(source_id, document.url, "", f"{more} further rows cannot be read")


def _unpacked(body: bytes) -> bytes:
    """Return the CSV, gunzipped where it is packed, never more than `MAX_BYTES`."""
    if body.startswith(_GZIP):
        try:
            with gzip.open(io.BytesIO(body)) as stream:
                body = stream.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableError(f"the gzip data is cut short or damaged: {error}") from error
    if len(body) > MAX_BYTES:
        raise UnreadableError(f"the file unpacks to more than {MAX_BYTES} bytes")
    return body


def _model_date(body: bytes, first: bytes, second: bytes) -> date:
    """Read the first two lines: the date of the scores, and the names of the columns."""
    found = _SCORE_DATE.match(first.decode("utf-8", "replace").removeprefix("\ufeff"))
    columns = second.decode("utf-8", "replace").strip().lower().split(",")
    if found is None or columns[:3] != _COLUMNS:
        raise UnreadableError(
            f"the document is {text.looks_like(body)}, not an EPSS file with a score_date and its columns"
        )
    try:
        return date.fromisoformat(found[1])
    except ValueError as error:
        raise UnreadableError(f"the score_date {found[1]} is not a date") from error


def _score(row: str, model_on: date) -> tuple[str, Epss]:
    """Read one row; raises `ValueError` with the reason."""
    cells = row.split(",")
    if len(cells) < 3:
        raise ValueError("the row has fewer than three columns")
    cve = cells[0].upper()
    if not _CVE.fullmatch(cve):
        raise ValueError("not a CVE id")
    probability, percentile = float(cells[1]), float(cells[2])
    if not (0 <= probability <= 1 and 0 <= percentile <= 1):
        raise ValueError("probability and percentile are between 0 and 1")
    return cve, Epss(probability, percentile, model_on)
