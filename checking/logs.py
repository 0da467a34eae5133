"""Which published indicators occur in these logs, how often, when, and on which lines?"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from checking.log_reading import READ_ERRORS, Chunk, chunks, plain, unpacked
from checking.log_times import HEAD, read_time
from checking.watched import WORDS, Hunted, read_lists
from records import Observable

__all__ = ["Finding", "Hunt", "Hunted", "Log", "hunt", "read_lists"]

SAMPLES = 3  # lines kept of a finding
SAMPLE = 300  # signs kept of a line


@dataclass(frozen=True, slots=True)
class Log:
    """A log to read, packed (gzip, bzip2, xz) or not. `written_at` is when it was last written."""

    name: str
    stream: BinaryIO
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """An indicator that occurs in a log: on `count` lines, the first and last numbered from 1.

    `first_at` and `last_at` are the times of its first and last line that have one, in order, None where none
    can be read: aware in UTC where the log says its zone, else naive, as it stands. `samples` are at most
    `SAMPLES` of the lines, cut to `SAMPLE` bytes around the value, without control signs.
    """

    item: Observable
    file: str
    count: int
    first_line: int
    last_line: int
    first_at: datetime | None
    last_at: datetime | None
    samples: tuple[str, ...]


@dataclass(slots=True)
class _Trail:
    """What is known so far of an indicator in the log that is being read; `head` is of its last line."""

    first_line: int
    first_at: datetime | None = None
    last_line: int = 0
    head: bytes = b""
    count: int = 0
    samples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Hunt:
    """What was found, in the order of the files and of the first lines; `size` is bytes after unpacking.

    `faults` is a sentence for each log that could not be read to its end; what came before was.
    """

    findings: list[Finding] = field(default_factory=list)
    size: int = 0
    faults: list[str] = field(default_factory=list)


def hunt(logs: Iterable[Log], hunted: Hunted, progress: Callable[[int], object] = lambda size: None) -> Hunt:
    """Look for the listed indicators in logs, one after the other, in memory that does not grow with them.

    `progress` is called with the number of bytes (after unpacking) of each piece that was read.
    """
    done = Hunt()
    for log in logs:
        trails: dict[Observable, _Trail] = {}
        try:
            for chunk in chunks(unpacked(log.stream)):
                _follow(chunk, hunted, log.written_at, trails)
                done.size += len(chunk.body)
                progress(len(chunk.body))
        except READ_ERRORS as error:
            done.faults.append(f"{log.name}: not read to its end: {error}; what came before it was")
        done.findings += [_finding(item, trail, log) for item, trail in trails.items()]
    return done


def _follow(chunk: Chunk, hunted: Hunted, written_at: datetime, trails: dict[Observable, _Trail]) -> None:
    """Add what stands in a piece of a log to the trails; an indicator counts once a line."""
    text = plain(chunk.body)
    lines: list[bytes] = []
    number, counted = chunk.line, 0
    for item, place in _standing(text, hunted):
        lines = lines or chunk.body.split(b"\n")
        number += text.count(b"\n", counted, place)
        counted = place
        trail = trails.setdefault(item, _Trail(number))
        if trail.last_line == number:
            continue
        line = lines[number - chunk.line]
        trail.count += 1
        trail.last_line = number
        trail.head = b"" if chunk.continued and number == chunk.line else line[:HEAD]
        trail.first_at = trail.first_at or _time(trail, written_at)
        if len(trail.samples) < SAMPLES:
            trail.samples.append(_sample(line, place - text.rfind(b"\n", 0, place) - 1))


def _standing(text: bytes, hunted: Hunted) -> Iterator[tuple[Observable, int]]:
    """Yield each indicator in a text and its place, in the order of the text."""
    words = b" " + text.translate(WORDS) + b" "  # one sign longer at each end: a value may touch them
    for number, start, _ in sorted(
        hunted.search.find_matches_as_indexes(words, overlapping=True), key=lambda match: match[1]
    ):
        for check in hunted.checks[number]:
            for item in check(text, start):
                yield item, start


def _sample(line: bytes, place: int) -> str:
    """Cut a line around what was found; a sign at an end that was cut through is left out."""
    start = max(0, min(place - SAMPLE // 2, len(line) - SAMPLE))
    cut = line[start : start + SAMPLE]
    return ("…" if start else "") + _readable(cut).strip() + ("…" if start + SAMPLE < len(line) else "")


def _readable(line: bytes) -> str:
    """Return a line as text that does nothing to a terminal."""
    text = line.decode("utf-8", "replace")
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)


def _finding(item: Observable, trail: _Trail, log: Log) -> Finding:
    times = [at for at in (trail.first_at, _time(trail, log.written_at)) if at]
    return Finding(
        item=item,
        file=log.name,
        count=trail.count,
        first_line=trail.first_line,
        last_line=trail.last_line,
        first_at=min(times, key=_order, default=None),
        last_at=max(times, key=_order, default=None),
        samples=tuple(trail.samples),
    )


def _time(trail: _Trail, written_at: datetime) -> datetime | None:
    return read_time(_readable(trail.head), written_at)


def _order(at: datetime) -> datetime:
    """Return a time to compare by; one without a zone is taken for UTC, a log hardly ever mixes them."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
