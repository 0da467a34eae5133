"""Measure how fast indicators enter the archive, beside plain sqlite3 in the same run.

Run `python benchmarks/save_indicators.py [ROWS]` (200 000 by default; a multiple of 20 000). First the same
rows, sorted and in one transaction, by sqlite3's own `executemany` and by the archive's `upsert`, new and
then modified; the ratio is what our code costs. Then whole collections, from the bytes of CSV lists to
the commit: all new, all unchanged, all modified.
"""

import resource
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import collectors
import store
from records import TLP, Document, Record, Rejected, Source
from store import tables
from store.archive import PRAGMAS
from store.rows import row_of
from store.tables import sqlite_text
from store.writing import Row, upsert

NOW = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
PART = 20_000  # rows of one list, and of one batch
COLUMNS = {"value": "value", "first_seen": "first_seen", "label": "label"}
SOURCE = Source(
    id="example",
    name="Example",
    kind="indicator_list",
    url="https://lists.example.org/0.csv",
    tlp=TLP.CLEAR,
    options={"format": "csv", "type": "ipv4-addr", "columns": COLUMNS},
)


def document(part: int, label: str) -> Document:
    """Return a list of `PART` addresses, no two parts with the same."""
    lines = ["value,first_seen,label"]
    for number in range(part * PART, part * PART + PART):
        address = f"{11 + number // 16_777_216}.{number // 65_536 % 256}.{number // 256 % 256}.{number % 256}"
        seen_at = NOW - timedelta(minutes=number % 40_000)
        lines.append(f"{address},{seen_at:%Y-%m-%d %H:%M:%S},{label}")
    body = "\n".join(lines).encode()
    url = f"https://lists.example.org/{part}.csv"
    return Document(SOURCE.id, url, NOW, "text/csv", sha256(body).hexdigest(), body)


def items(one: Document) -> list[Record | Rejected]:
    """Return what the kind makes of a list, without what it leaves out."""
    kind = collectors.kind(SOURCE.kind)
    return [item for item in kind.normalise(SOURCE, one) if isinstance(item, Record | Rejected)]


def rows(part: int, label: str) -> list[Row]:
    """Return the rows of one list, sorted as the archive sorts them."""
    made = [row_of(item, NOW) for item in items(document(part, label)) if isinstance(item, Record)]
    trace = {"first_seen_at": NOW, "changed_at": NOW}
    return sorted((row | trace for row in made), key=lambda row: str(row["id"]))


def by_sqlite3(path: Path, size: int, label: str) -> float:
    """Upsert with the driver alone and return its seconds, without the making of the rows."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    names = [column.name for column in tables.indicator.c]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("id", "first_seen_at"))
    statement = (
        f"INSERT INTO indicator ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
        f"ON CONFLICT (id) DO UPDATE SET {changed}"
    )
    spent = seconds(lambda: connection.execute("BEGIN IMMEDIATE"))
    for part in range(size // PART):
        ready = [tuple(map(_driver_value, map(row.get, names))) for row in rows(part, label)]
        spent += seconds(lambda ready=ready: connection.executemany(statement, ready))  # type: ignore[misc]
    spent += seconds(lambda: connection.execute("COMMIT"))
    connection.close()
    return spent


def _driver_value(value: object) -> object:
    return sqlite_text(value) if isinstance(value, datetime) else value


def by_upsert(archive: store.Archive, size: int, label: str) -> float:
    """Upsert with the archive's own function and return its seconds, without the making of the rows."""
    spent, keep = 0.0, frozenset({"first_seen_at"})
    with archive.writing() as connection:
        for part in range(size // PART):
            made = rows(part, label)
            spent += seconds(lambda made=made: upsert(connection, tables.indicator, made, keep))  # type: ignore[misc]
        start = perf_counter()
    return spent + perf_counter() - start


def whole(archive: store.Archive, size: int, label: str, now: datetime) -> float:
    """Normalise and save lists as one run of their source; the making of their bytes does not count."""
    making = 0.0

    def readings() -> Iterator[store.Reading]:
        nonlocal making
        for part in range(size // PART):
            start = perf_counter()
            one = document(part, label)
            making += perf_counter() - start
            yield store.Reading(one, items(one), complete=True)

    spent = seconds(lambda: store.save(archive, SOURCE.id, readings(), None, now=now))
    return spent - making


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes, once."""
    start = perf_counter()
    work()
    return perf_counter() - start


def show(name: str, size: int, took: float, more: str = "") -> None:
    """Print one line of figures."""
    print(f"{name:28} {size / took:10,.0f} rows/s   {took:6.2f} s   {more}", flush=True)


def main(size: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.sqlite"
        store.open_archive(f"sqlite:///{plain}").close()
        ours = store.open_archive(f"sqlite:///{folder}/ours.sqlite")
        for label in ("new", "modified"):
            floor = by_sqlite3(plain, size, label)
            show(f"sqlite3, {label}", size, floor)
            took = by_upsert(ours, size, label)
            show(f"upsert, {label}", size, took, f"{took / floor:.1f} times sqlite3")
        ours.close()
        plain.unlink()
        (Path(folder) / "ours.sqlite").unlink()
        archive = store.open_archive(f"sqlite:///{folder}/whole.sqlite")
        for hour, (name, label) in enumerate((("new", "a"), ("unchanged", "a"), ("modified", "b"))):
            took = whole(archive, size, label, NOW + timedelta(hours=hour))
            show(f"normalise and save, {name}", size, took)
        archive.close()
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
