"""Measure how fast MISP events are read: ours to checked records, PyMISP's to its own objects.

Run `python benchmarks/read_misp.py FOLDER` with a folder of events, read with all its folders
(`<uuid>.json` as a feed serves them). PyMISP checks no value, so the comparison is in its favour.
Both read every event from memory, three times, and the fastest counts. The last line is the ratio.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from pymisp import MISPEvent

from collectors.misp_feed import normalise
from records import Document, Source

READ_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
SOURCE = Source(id="example", name="Example", kind="misp_feed", url="https://example.org/manifest.json")
TIMES = 3


def documents(folder: Path) -> list[Document]:
    """Return the events below a folder as received; raises `SystemExit` where there are none."""
    files = sorted(folder.rglob("*-*-*-*-*.json"))
    if not files:
        raise SystemExit(f"{folder}: no MISP event (<uuid>.json) here")
    return [_document(file.read_bytes()) for file in files]


def _document(body: bytes) -> Document:
    url, digest = "https://example.org/event.json", sha256(body).hexdigest()
    return Document(SOURCE.id, url, READ_AT, "application/json", digest, body)


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes, at best."""
    took = []
    for _ in range(TIMES):
        start = perf_counter()
        work()
        took.append(perf_counter() - start)
    return min(took)


def ours(events: list[Document]) -> int:
    """Read all events to records and return how many there are."""
    return sum(1 for event in events for _ in normalise(SOURCE, event))


def with_pymisp(events: list[Document]) -> None:
    """Read all events to PyMISP's objects."""
    for event in events:
        MISPEvent().load(event.body)


def main(folder: Path) -> None:
    """Print the figures."""
    events = documents(folder)
    megabytes = sum(len(event.body) for event in events) / 1e6
    print(f"{len(events)} events, {megabytes:.1f} MB, {ours(events):,} records")
    mine, theirs = seconds(partial(ours, events)), seconds(partial(with_pymisp, events))
    for name, took in (("vigie", mine), ("pymisp", theirs)):
        each = f"{len(events) / took:7,.0f} events/s   {500 * took / len(events):5.2f} s for 500"
        print(f"{name:8} {took:6.2f} s   {megabytes / took:6.1f} MB/s   {each}")
    print(f"pymisp takes {theirs / mine:.1f} times as long")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python benchmarks/read_misp.py FOLDER")
    main(Path(sys.argv[1]))
