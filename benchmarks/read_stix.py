"""Measure how fast a STIX bundle is read: ours to checked records, stix2's to its own objects.

Run `python benchmarks/read_stix.py [MEGABYTES]` (34 by default). The bundle is made up: as many
addresses, domains, URLs and file hashes, all in the usual short patterns. A second one of a tenth of its
size has patterns that are choices of values, which take the long way. Ours reads each from memory three
times, and the fastest counts; stix2, which checks the grammar of every pattern, reads a twentieth of the
first one once, for it is slow. The last line is the ratio at equal size.
"""

import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Any
from uuid import UUID

import orjson
import stix2

from collectors.stix_bundle import normalise
from records import Document, Source

READ_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
SOURCE = Source(id="example", name="Example", kind="stix_bundle", url="https://example.org/bundle.json")
TIMES = 3
PART = 20  # stix2 is given one object of so many
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"


def made_up(megabytes: float, pattern: Callable[[int], str]) -> list[dict[str, Any]]:
    """Return indicators that make a bundle of that size (10⁶ bytes)."""
    objects: list[dict[str, Any]] = []
    size = 0
    while size < megabytes * 1e6:
        objects.append(_indicator(len(objects), pattern(len(objects))))
        size += len(orjson.dumps(objects[-1])) + 1
    return objects


def _indicator(number: int, pattern: str) -> dict[str, Any]:
    at = "2025-07-18T10:00:00.000Z"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{UUID(int=number, version=4)}",
        "created_by_ref": "identity--f0000000-0000-4000-8000-000000000001",
        "created": at,
        "modified": at,
        "name": f"Indicator {number}",
        "description": f"Seen by a partner in campaign {number % 97}, at the address given in its pattern",
        "indicator_types": ["malicious-activity"],
        "labels": ["c2", f"family-{number % 31}"],
        "pattern": pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": at,
        "valid_until": "2025-10-16T10:00:00Z",
        "confidence": number % 101,
        "object_marking_refs": [CLEAR],
    }


def usual(number: int) -> str:
    """Return one comparison in brackets."""
    return f"[{_comparison(number)}]"


def choice(number: int) -> str:
    """Return four comparisons joined by OR."""
    return f"[{' OR '.join(_comparison(4 * number + n) for n in range(4))}]"


def _comparison(number: int) -> str:
    name = f"n{number}.malware.example.org"
    match number % 4:
        case 0:
            return f"domain-name:value = '{name}'"
        case 1:
            return f"ipv4-addr:value = '{1 + number // 65_536}.{number // 256 % 256}.{number % 256}.7'"
        case 2:
            return f"file:hashes.'SHA-256' = '{sha256(str(number).encode()).hexdigest()}'"
    return f"url:value = 'https://{name}/drop/{number}.bin?id={number}'"


def bundle(objects: list[dict[str, Any]]) -> bytes:
    """Return the objects as a bundle."""
    name = "bundle--d3000000-0000-4000-8000-000000000001"
    return orjson.dumps({"type": "bundle", "id": name, "objects": objects})


def seconds(work: Callable[[], object], times: int = TIMES) -> float:
    """Return how long `work` takes, at best."""
    took = []
    for _ in range(times):
        start = perf_counter()
        work()
        took.append(perf_counter() - start)
    return min(took)


def ours(body: bytes) -> str:
    """Read a bundle to records and say how many there are of each sort."""
    document = Document(SOURCE.id, SOURCE.url, READ_AT, "", sha256(body).hexdigest(), body)
    found = Counter(type(record).__name__ for record in normalise(SOURCE, document))
    return ", ".join(f"{number:,} {sort}" for sort, number in found.items())


def _lines(megabytes: float) -> Iterator[str]:
    """Yield one line of figures after the other."""
    objects = made_up(megabytes, usual)
    body = bundle(objects)
    json_only, mine = seconds(partial(orjson.loads, body)), seconds(partial(ours, body))
    size, rate = len(body) / 1e6, len(objects) / mine
    yield f"{len(objects):,} objects, {size:.1f} MB: {ours(body)}"
    yield f"orjson alone      {json_only:6.2f} s"
    yield f"vigie             {mine:6.2f} s   {rate:9,.0f} objects/s   {size / mine:5.1f} MB/s"
    choices = bundle(made_up(megabytes / 10, choice))
    took = seconds(partial(ours, choices))
    yield f"vigie, choices    {took:6.2f} s   for {len(choices) / 1e6:.1f} MB: {ours(choices)}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    part = objects[::PART]
    theirs = seconds(partial(stix2.parse, bundle(part)), times=1) * len(objects) / len(part)
    yield f"stix2.parse       {theirs:6.2f} s   {len(objects) / theirs:9,.0f} objects/s   (from {len(part):,})"
    yield f"stix2.parse takes {theirs / mine:.0f} times as long; peak before it {peak:,.0f} MiB"


def main(megabytes: float) -> None:
    """Print the figures."""
    for line in _lines(megabytes):
        print(line)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 34)
