"""Measure how fast lists are written: rows per second of each format, and of a whole release.

Run `python benchmarks/release_lists.py [ROWS]` (200 000 by default). The last line compares the
streamed STIX bundle with the same indicators built by the stix2 library, on 2 000 rows, as a ratio:
it is the reason why the formats do not build library objects.
"""

import resource
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

import stix2

from records import TLP, Edition, Entry, ListedIndicator, Marking, Observable, ObservableType
from sharing.comparing import entry_from
from sharing.formats import format_named, formats, text_of
from sharing.release import release

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
COMPARED = 2_000  # rows given to stix2, which is slow


def made_up(size: int) -> tuple[ListedIndicator, ...]:
    """Return `size` indicators in the archive's order: as many addresses, domains, URLs and hashes."""
    return tuple(sorted(islice(_endless(), size), key=lambda row: row.observable))


def _endless() -> Iterator[ListedIndicator]:
    kinds = (ObservableType.DOMAIN, ObservableType.IPV4, ObservableType.SHA256, ObservableType.URL)
    for number, kind in enumerate(cycle(kinds)):
        seen_at = MADE_AT - timedelta(minutes=number % 40_000)
        yield ListedIndicator(
            observable=Observable(kind, _value(kind, number)),
            marking=Marking(),
            confidence=number % 101,
            sources=("feodo", "tweetfeed"),
            labels=("Lockbit", "c2"),
            valid_from=seen_at,
            valid_until=seen_at + timedelta(days=90),
            first_seen_at=seen_at,
            last_seen_at=MADE_AT,
        )


def _value(kind: ObservableType, number: int) -> str:
    if kind is ObservableType.IPV4:
        return f"{1 + number // 16_777_216}.{number // 65_536 % 256}.{number // 256 % 256}.{number % 256}"
    if kind is ObservableType.SHA256:
        return sha256(str(number).encode()).hexdigest()
    name = f"n{number}.malware.example.org"
    return name if kind is ObservableType.DOMAIN else f"https://{name}/drop/{number}.bin?id={number}"


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes, once."""
    start = perf_counter()
    work()
    return perf_counter() - start


def with_stix2(rows: tuple[ListedIndicator, ...]) -> str:
    """Build the rows as objects of the stix2 library and return their bundle."""
    objects = [
        stix2.Indicator(
            name=row.observable.value,
            created=row.valid_from,
            modified=row.last_seen_at,
            confidence=row.confidence,
            labels=list(row.labels),
            pattern=f"[url:value = '{row.observable.value}']",
            pattern_type="stix",
            indicator_types=["malicious-activity"],
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in rows
    ]
    return str(stix2.Bundle(objects).serialize())


def render_all(name: str, rows: tuple[Entry, ...]) -> None:
    """Render every file of one format and forget it."""
    form = format_named(name)
    for file, types in form.files.items():
        wanted = (row for row in rows if row.observable.type in types)
        deque(text_of(form, file, wanted, MADE_AT), maxlen=0)


def main(size: int) -> None:
    """Print the figures."""
    rows = made_up(size)
    entries = tuple(entry_from(row, MADE_AT) for row in rows)
    for name in formats():
        took = seconds(partial(render_all, name, entries))
        print(f"{name:12} {size / took:10,.0f} rows/s   {took:6.2f} s")
    edition = Edition(
        made_at=MADE_AT, audience=TLP.CLEAR, stories=(), vulnerabilities={}, indicators=rows, sources=()
    )
    with tempfile.TemporaryDirectory() as folder:
        took = seconds(lambda: release(edition, Path(folder) / "lists"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'release':12} {size / took:10,.0f} rows/s   {took:6.2f} s   peak {peak:,.0f} MiB")
    few = rows[:COMPARED]
    streamed = seconds(partial(render_all, "stix21", entries[:COMPARED]))
    built = seconds(lambda: with_stix2(few))
    print(f"{'stix2':12} {len(few) / built:10,.0f} rows/s   {built / streamed:,.0f} times slower")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
