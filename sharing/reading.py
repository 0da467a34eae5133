"""Read indicators from lines of JSON that anyone can write, for lists without an archive."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from records import (
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    observable,
    parse_pap,
    parse_tlp,
)

MAX_LINE = 65_536  # bytes
_SECTOR = ("health", "santé", "sante")  # in a label: the entry is of the health sector


@dataclass(slots=True)
class Readings:
    """What was read: `rows` sorted by type and value, one an observable; a sentence for each line that could not
    be used, and how many values had a type that no format can carry, by its name.
    """

    rows: list[ListedIndicator]
    faults: list[str] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)


def read_lines(lines: Iterable[bytes], name: str) -> Readings:
    """Read `{"type", "value", "confidence"?, "tlp"?, "pap"?, "valid_from"?, "valid_until"?, "first_seen"?,
    "last_seen"?, "source"? or "sources"?, "labels"?, "health"?}`, one a line.

    Values may be defanged and in any writing. A missing marking is TLP:CLEAR, one that nobody knows TLP:RED; a
    missing confidence is 50. Several lines on one observable are merged: the strictest marking, the highest
    confidence, the widest validity. Lines that tell a withdrawal are passed over.
    """
    made = Readings([])
    found: dict[Observable, ListedIndicator] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = _row(line, made.foreign)
        except (ValueError, TypeError) as error:
            made.faults.append(f"{name}:{number}: {error}; the line is left out, correct it")
            continue
        if row is not None:
            known = found.get(row.observable)
            found[row.observable] = row if known is None else _merged(known, row)
    made.rows = [found[item] for item in sorted(found)]
    return made


def _row(line: bytes, foreign: Counter[str]) -> ListedIndicator | None:
    """Return what a line says; raises `ValueError` or `TypeError` with the reason where it is of no use."""
    if len(line) > MAX_LINE:
        raise ValueError(f"more than {MAX_LINE} bytes")
    body = orjson.loads(line)
    if not (isinstance(body, dict) and all(isinstance(body.get(key), str) for key in ("type", "value"))):
        raise TypeError('not an object with "type" and "value"')
    if body.get("withdrawn"):
        return None
    try:
        kind = ObservableType(body["type"])
    except ValueError:
        foreign[body["type"][:40]] += 1
        return None
    labels = _texts(body.get("labels"), "labels")
    return ListedIndicator(
        observable=observable(kind, body["value"]),
        marking=_marking(str(body.get("tlp", "CLEAR")), str(body.get("pap", "CLEAR"))),
        confidence=_confidence(body.get("confidence", 50)),
        sources=_texts(body.get("sources", body.get("source")), "sources") or ("input",),
        labels=labels,
        health=body.get("health") is True or _is_of_health(labels),
        valid_from=_instant(body, "valid_from"),
        valid_until=_instant(body, "valid_until"),
        first_seen_at=_instant(body, "first_seen"),
        last_seen_at=_instant(body, "last_seen"),
    )


@lru_cache(maxsize=256)
def _marking(tlp: str, pap: str) -> Marking:
    return Marking(parse_tlp(tlp), parse_pap(pap))


def _confidence(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= 100:
        raise ValueError(f"confidence {str(value)[:20]!r} is not a whole number from 0 to 100")
    return value


def _texts(value: Any, key: str) -> tuple[str, ...]:
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{key} is neither a text nor a list of texts")
    return _shared(tuple(texts))


@lru_cache(maxsize=16_384)
def _shared(texts: tuple[str, ...]) -> tuple[str, ...]:
    return texts


@lru_cache(maxsize=16_384)
def _is_of_health(labels: tuple[str, ...]) -> bool:
    return any(word in label.lower() for label in labels for word in _SECTOR)


def _instant(body: dict[str, Any], key: str) -> datetime | None:
    text = body.get(key)
    return None if text is None else _parsed(str(text), key)


@lru_cache(maxsize=65_536)
def _parsed(text: str, key: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{key} {text[:40]!r} is no instant like 2026-05-01T08:00:00Z") from error


def _merged(one: ListedIndicator, other: ListedIndicator) -> ListedIndicator:
    """Merge two statements on one observable."""
    ends = (one.valid_until, other.valid_until)
    return replace(
        one,
        marking=max(one.marking, other.marking),
        confidence=max(one.confidence, other.confidence),
        sources=_shared(tuple(sorted({*one.sources, *other.sources}))),
        labels=_shared(tuple(dict.fromkeys((*one.labels, *other.labels)))),
        health=one.health or other.health,
        valid_from=_first(one.valid_from, other.valid_from),
        valid_until=None if None in ends else max(end for end in ends if end),
        first_seen_at=_first(one.first_seen_at, other.first_seen_at),
        last_seen_at=max((at for at in (one.last_seen_at, other.last_seen_at) if at), default=None),
    )


def _first(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at), default=None)
