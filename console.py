"""What the command line shows: a line per run for everyone, a table of sources for a person or a program."""

import json
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from records import Changes, Run, SourceStatus

COLOURS = {
    "ok": "green",
    "stale": "yellow",
    "empty": "yellow",
    "failing": "red",
    "never": "dim",
    "paused": "dim",
}


def run_line(run: Run) -> str:
    """Say on one line how a source's run went."""
    said = f"{run.source_id:<24} {run.status:<10} {changes_line(run.changes)}"
    return f"{said}: {run.error}" if run.error else said


def changes_line(changes: Changes) -> str:
    """Say on one line what saving did."""
    said = f"{changes.new} new, {changes.modified} modified, {changes.withdrawn} withdrawn"
    return f"{said}, {changes.rejected} rejected" if changes.rejected else said


def show_sources(statuses: Sequence[SourceStatus]) -> None:
    """Print the state of every source as a table."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("source", "state", "since", "last run", "last new", "held", "error"):
        table.add_column(heading, justify="right" if heading == "held" else "left")
    for one in statuses:
        table.add_row(
            one.source.id,
            Text(one.state, style=COLOURS[one.state]),
            _when(one.since_at),
            _when(one.last_run_at),
            _when(one.last_new_at),
            str(one.held),
            Text(one.error),
        )
    Console().print(table)


def sources_json(statuses: Sequence[SourceStatus]) -> str:
    """Return the state of every source as a JSON list; instants in RFC 3339, absent ones `null`."""
    rows = [
        {
            "id": one.source.id,
            "name": one.source.name,
            "kind": one.source.kind,
            "url": one.source.url,
            "state": one.state,
            "since_at": _rfc3339(one.since_at),
            "last_run_at": _rfc3339(one.last_run_at),
            "last_new_at": _rfc3339(one.last_new_at),
            "held": one.held,
            "error": one.error,
        }
        for one in statuses
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"


def _rfc3339(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
