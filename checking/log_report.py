"""Write what a hunt found, for programs: CSV and JSON."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from checking.logs import Finding, Hunt, Hunted
from sharing.formats.csv_table import guarded

COLUMNS = ("type", "value", "count", "first_line", "last_line", "first_at", "last_at", "file", "sample")


def as_json(done: Hunt, hunted: Hunted) -> Iterator[str]:
    """Yield one JSON object: `lists` (values read, by file name), `bytes` (of the logs, unpacked), `findings`,
    `faults`. A finding has the columns of the CSV, with all its `samples`; values are as published.
    """
    findings = [
        {**dict(zip(COLUMNS[:-1], _values(one), strict=True)), "samples": list(one.samples)}
        for one in done.findings
    ]
    faults = [*hunted.faults, *done.faults]
    report = {"lists": dict(hunted.counts), "bytes": done.size, "findings": findings, "faults": faults}
    yield json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def as_csv(done: Hunt, hunted: Hunted) -> Iterator[str]:
    """Yield a CSV with a header (RFC 4180) and one sample line of each finding.

    What a spreadsheet would run begins with an apostrophe, and semicolons are commas: JSON has the rest.
    """
    yield _csv_line(list(COLUMNS))
    for one in done.findings:
        cells = [*_values(one), one.samples[0] if one.samples else ""]
        yield _csv_line([guarded(str("" if cell is None else cell).replace(";", ",")) for cell in cells])


def written(at: datetime | None) -> str | None:
    """Write a time of a log: RFC 3339 where its zone is known, the same without a zone where it is not."""
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def _values(one: Finding) -> tuple[Any, ...]:
    item = one.item
    times = written(one.first_at), written(one.last_at)
    return item.type.value, item.value, one.count, one.first_line, one.last_line, *times, one.file


def _csv_line(values: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
