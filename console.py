"""What the command line shows: progress for a person, a line per run for everyone, a table of sources."""

import json
import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from records import Changes, Run, SourceStatus

COLOURS = {
    "ok": "green",
    "shrinking": "yellow",
    "stale": "yellow",
    "empty": "yellow",
    "failing": "red",
    "never": "dim",
    "paused": "dim",
}


class Teller:
    """Tells how work gets on: moving lines below the last printed one for a person at a terminal, plain
    lines under a service or into a file.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.moving = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.tasks: dict[str, TaskID] = {}
        self.turn = threading.Lock()

    def __enter__(self) -> Self:
        self.moving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.moving.stop()

    def step(self, words: str) -> None:
        """Tell that a step begins."""
        if self.console.is_terminal:
            self._move("", f"{words}…")
        else:
            self._print(f"{words}...")

    def heard(self, source_id: str, asked: int, received: int) -> None:
        """Tell how a source that is being read gets on."""
        if self.console.is_terminal:
            self._move(source_id, f"  {source_id:<24} {received} documents of {asked} addresses")

    def ended(self, run: Run) -> None:
        """Tell that a source was read."""
        with self.turn:
            task = self.tasks.pop(run.source_id, None)
            if task is not None:
                self.moving.remove_task(task)
        self._print(run_line(run))

    def _move(self, name: str, words: str) -> None:
        with self.turn:
            if name in self.tasks:
                self.moving.update(self.tasks[name], description=words)
            else:
                self.tasks[name] = self.moving.add_task(words, total=None)

    def _print(self, words: str) -> None:
        self.console.print(words, markup=False)


def run_line(run: Run) -> str:
    """Say on one line how a source's run went."""
    said = f"{run.source_id:<24} {run.status:<10} {changes_line(run.changes)}"
    return f"{said}: {run.error}" if run.error else said


def changes_line(changes: Changes) -> str:
    """Say on one line what saving did."""
    said = f"{changes.new} new, {changes.modified} modified, {changes.withdrawn} withdrawn"
    return f"{said}, {changes.rejected} rejected" if changes.rejected else said


def run_details(run: Run) -> str:
    """Say on one line what a run cost, what it found, and what it left out by sort."""
    said = f"{run.requests} requests, {run.size} bytes, {run.documents} documents, {run.found} offered"
    left = ", ".join(f"{count} {what}" for what, count in sorted(run.left_out.items()))
    return f"{said}; left out: {left}" if left else said


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
