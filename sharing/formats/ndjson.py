"""Write every entry as one JSON object a line (NDJSON), the form that Vigie reads back without loss.

Instants are RFC 3339 in UTC; keys that say nothing are left out. `vigie export --input` and `vigie
subscribe` read these lines, and the ledger of releases is made of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

import orjson

from records import (
    PAP,
    Entry,
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    Withdrawal,
    WithdrawalReason,
    parse_tlp,
)
from sharing.formats.lines import is_one_word, labels, one_line, rfc3339

FILES: Mapping[str, frozenset[ObservableType]] = {"indicators.ndjson": frozenset(ObservableType)}
MEDIA_TYPE = "application/x-ndjson"
LOSES = "Which source said what, once several are merged; and the reasons of the confidence."


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry stands and its value is one printable word."""
    return row.withdrawal is None and is_one_word(row.observable)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line an entry."""
    return (line_of(row).decode() for row in rows if carries(row))


def count(lines: Iterable[str]) -> int:
    """Return the number of objects."""
    return sum(1 for line in lines if orjson.loads(line)["value"])


def line_of(row: Entry) -> bytes:
    """Return an entry as one line, its end included; what its releases alone decide stands last."""
    gone = ""
    if row.withdrawal is not None:
        gone = (
            f',"withdrawn":{{"at":"{rfc3339(row.withdrawal.at)}","reason":"{row.withdrawal.reason.value}"}}'
        )
    return line_from(told(row, row.valid_from) + gone.encode(), row.listed_at, row.changed_at)


def line_from(said: bytes, listed_at: datetime, changed_at: datetime) -> bytes:
    """Return a line from what it says of its observable, and the releases that listed and changed it."""
    return said + f',"listed":"{rfc3339(listed_at)}","changed":"{rfc3339(changed_at)}"}}\n'.encode()


def told(row: Entry | ListedIndicator, valid_from: datetime) -> bytes:
    """Return what a line says of an observable: its beginning, up to what its releases alone decide.

    It is written out because this is done for every indicator at every release.
    """
    item = row.observable
    validity = f'"valid_from":"{rfc3339(valid_from)}"'
    if row.valid_until is not None:
        validity += f',"valid_until":"{rfc3339(row.valid_until)}"'
    if row.first_seen_at is not None:
        validity += f',"first_seen":"{rfc3339(row.first_seen_at)}"'
    if row.last_seen_at is not None:
        validity += f',"last_seen":"{rfc3339(row.last_seen_at)}"'
    head = f'{{"type":"{item.type.value}","value":{orjson.dumps(item.value).decode()},{_marked(row.marking)}'
    health = ',"health":true' if row.health else ""
    return f'{head},"confidence":{row.confidence},{validity},{_context(row.sources, row.labels)}{health}'.encode()


@lru_cache(maxsize=64)
def _marked(marking: Marking) -> str:
    return f'"tlp":"{marking.tlp.label}","pap":"{marking.pap.name}"'


@lru_cache(maxsize=16_384)
def _context(sources: tuple[str, ...], said: tuple[str, ...]) -> str:
    """Return the keys of sources and labels, cleaned; thousands of rows share a few of them."""
    clean = labels(said)
    named = f'"sources":{orjson.dumps([one_line(name) for name in sources]).decode()}'
    return f'{named},"labels":{orjson.dumps(clean).decode()}' if clean else named


def entry_of(line: bytes) -> Entry:
    """Return the entry that `line_of` wrote; raises `ValueError` or `KeyError` for any other line."""
    body = orjson.loads(line)
    withdrawn = body.get("withdrawn")
    return Entry(
        observable=Observable(ObservableType(body["type"]), body["value"]),
        marking=_marking(body["tlp"], body["pap"]),
        confidence=body["confidence"],
        sources=_shared(tuple(body["sources"])),
        labels=_shared(tuple(body.get("labels", ()))),
        health=body.get("health", False),
        valid_from=_instant(body["valid_from"]),
        valid_until=_instant_or_none(body.get("valid_until")),
        first_seen_at=_instant_or_none(body.get("first_seen")),
        last_seen_at=_instant_or_none(body.get("last_seen")),
        listed_at=_instant(body["listed"]),
        changed_at=_instant(body["changed"]),
        withdrawal=withdrawn and Withdrawal(_instant(withdrawn["at"]), WithdrawalReason(withdrawn["reason"])),
    )


@lru_cache(maxsize=64)
def _marking(tlp: str, pap: str) -> Marking:
    return Marking(parse_tlp(tlp), PAP[pap])


@lru_cache(maxsize=16_384)
def _shared(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return one and the same tuple for equal ones: thousands of entries share a few."""
    return texts


@lru_cache(maxsize=65_536)
def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _instant_or_none(text: str | None) -> datetime | None:
    return None if text is None else _instant(text)
