"""Write a MISP feed: a manifest, events of one type each, and `hashes.csv` to look values up without fetching them.

Events are fixed: the values of a common type are spread over sixteen by a hash of them, so an event keeps its
identifier, and each value its event and its attribute. An event's `timestamp` is when its file last changed: a server
fetches it again when that has risen. What left is there for a while with `deleted`, as MISP tells it.

An event has no tag: the strictest marking of its attributes is known only once all are written, and what is written of
one must not depend on the others. So each attribute bears its own tags of the taxonomies `tlp` and `PAP`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import md5
from zlib import crc32

import orjson

from records import PAP, TLP, Entry, Observable, ObservableType, Withdrawal, record_id
from sharing.formats import ListedFile
from sharing.formats.lines import is_one_word, labels, one_line, rfc3339

_SHARDS = 16
_COMMON = (
    ObservableType.DOMAIN,
    ObservableType.IPV4,
    ObservableType.MD5,
    ObservableType.SHA1,
    ObservableType.SHA256,
    ObservableType.URL,
)
HASHES, INDEX = "misp/hashes.csv", "misp/manifest.json"
_PARTS = {kind: _SHARDS if kind in _COMMON else 1 for kind in ObservableType}
_UUIDS = {
    (kind, shard): record_id("sharing", "misp", kind, str(shard))
    for kind, parts in _PARTS.items()
    for shard in range(parts)
}
_EVENTS = {f"misp/{uuid}.json": place for place, uuid in _UUIDS.items()}
_SHARD_OF = {name: shard if _PARTS[kind] > 1 else None for name, (kind, shard) in _EVENTS.items()}
FILES: Mapping[str, frozenset[ObservableType]] = {
    HASHES: frozenset(ObservableType),
    **{name: frozenset({kind}) for name, (kind, _) in _EVENTS.items()},
}
MEDIA_TYPE = "application/json"
MEDIA_TYPES = {HASHES: "text/csv; charset=utf-8"}
WITHDRAWS = True
VERSION = 2
LOSES = (
    "Which source said what, once several are merged; validity, which MISP's attributes have not; when a value was last "
    "seen where nobody says since when; and labels that look like a marking (`tlp:…`, `PAP:…`), for MISP would take them "
    "for one."
)

_KINDS = {  # type and category of attributes (MISP core format, RFC draft, § 2.5)
    ObservableType.DOMAIN: ("domain", "Network activity"),
    ObservableType.URL: ("url", "Network activity"),
    ObservableType.IPV4: ("ip-dst", "Network activity"),
    ObservableType.IPV4_NET: ("ip-dst", "Network activity"),
    ObservableType.IPV6: ("ip-dst", "Network activity"),
    ObservableType.IPV6_NET: ("ip-dst", "Network activity"),
    ObservableType.EMAIL: ("email-src", "Payload delivery"),
    ObservableType.MD5: ("md5", "Payload delivery"),
    ObservableType.SHA1: ("sha1", "Payload delivery"),
    ObservableType.SHA256: ("sha256", "Payload delivery"),
}
_ORG = {"name": "Vigie", "uuid": record_id("sharing", "identity")}
_SINCE = "2026-01-01"  # the date of the events; MISP wants one, and it never changes
_ABOUT_AT = "1767225600"  # the same day, in seconds since 1970


def carries(row: Entry, name: str = HASHES) -> bool:
    """Say whether a value is one printable word and belongs to the event; what left is in no `hashes.csv`."""
    if name == HASHES:
        return row.withdrawal is None and is_one_word(row.observable)
    shard = _SHARD_OF[name]
    return (shard is None or _hash(row.observable.value) == shard) and is_one_word(row.observable)


def head(name: str, made_at: datetime) -> str:
    """Return the beginning of an event, up to its attributes."""
    if name == HASHES:
        return ""
    place, stamp = _EVENTS[name], _seconds(made_at)
    body = {
        "uuid": _UUIDS[place],
        "info": _title(*place),
        "date": _SINCE,
        "timestamp": stamp,
        "publish_timestamp": stamp,
        "published": True,
        "analysis": "2",
        "threat_level_id": "2",
        "Orgc": _ORG,
    }
    return '{"Event":' + orjson.dumps(body).decode()[:-1] + ',"Attribute":[\n'


def render(rows: Iterable[Entry], name: str = HASHES) -> Iterator[str]:
    """Yield one line an attribute, or one line a value of `hashes.csv`."""
    if name == HASHES:
        return (f"{_digest(row.observable)},{_event(row.observable)}\n" for row in rows if carries(row))
    kind, category = _KINDS[_EVENTS[name][0]]
    sort = f'"type":"{kind}","category":"{category}","value":'
    return (_attribute(row, sort) for row in rows if carries(row, name))


def tail(name: str) -> str:
    """Return the end of an event: its last attribute says whose list this is, and is no indicator."""
    if name == HASHES:
        return ""
    said = {
        "uuid": record_id("sharing", "misp", "about", name),
        "type": "comment",
        "category": "Internal reference",
        "value": "Released by Vigie; attributes that left are deleted",
        "to_ids": False,
        "timestamp": _ABOUT_AT,
    }
    return orjson.dumps(said).decode() + "\n]}}\n"


def count(lines: Iterable[str]) -> int:
    """Return the number of attributes that are not deleted, or of lines of `hashes.csv`."""
    found = 0
    for line in lines:
        if line.startswith('{"uuid":"') and line.endswith(",\n"):
            found += not orjson.loads(line[:-2]).get("deleted", False)
        elif line[32:33] == ",":
            found += 1
    return found


def index(files: Sequence[ListedFile]) -> str:
    """Return the manifest: each event that has attributes, deleted ones too, and when it last changed."""
    events = {_UUIDS[_EVENTS[file.name]]: file for file in files if file.name in _EVENTS and _is_filled(file)}
    body = {uuid: _listed(file) for uuid, file in sorted(events.items())}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _is_filled(file: ListedFile) -> bool:
    """Say whether an event has attributes: a server must also fetch one whose last values have all left."""
    return file.size > len(head(file.name, file.made_at)) + len(tail(file.name))


def _listed(file: ListedFile) -> dict[str, object]:
    return {
        "info": _title(*_EVENTS[file.name]),
        "date": _SINCE,
        "timestamp": _seconds(file.made_at),
        "analysis": "2",
        "threat_level_id": 2,
        "Orgc": _ORG,
        "Tag": [],
    }


def _title(kind: ObservableType, shard: int) -> str:
    return f"Vigie: {kind} {shard + 1}/{_SHARDS}" if kind in _COMMON else f"Vigie: {kind}"


@lru_cache(maxsize=4096)
def _hash(value: str) -> int:
    """Return which event of its type a value is in; kept, for each of the sixteen asks it of every value."""
    return crc32(value.encode("utf-8", "surrogatepass")) % _SHARDS


def _event(item: Observable) -> str:
    return _UUIDS[item.type, _hash(item.value) if _PARTS[item.type] > 1 else 0]


def _digest(item: Observable) -> str:
    return md5(item.value.encode(), usedforsecurity=False).hexdigest()


def _attribute(row: Entry, sort: str) -> str:
    """Return an attribute; what may not be blocked, or left, is not for sensors (`to_ids`)."""
    item, marking, left = row.observable, row.marking, row.withdrawal
    acted = "true" if marking.pap <= PAP.GREEN and left is None else "false"
    return (
        f'{{"uuid":"{record_id("sharing", "misp", item.type, item.value)}",{sort}{orjson.dumps(item.value).decode()},'
        f'"to_ids":{acted},"deleted":{"false" if left is None else "true"},"timestamp":"{_seconds(row.changed_at)}",'
        f'{_seen(row)}"comment":"{_reason(left)}confidence {row.confidence}'
        f"{_context(row.sources, row.labels, marking.tlp, marking.pap)}}},\n"
    )


@lru_cache(maxsize=65_536)
def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def _seen(row: Entry) -> str:
    """Return when a value was seen; MISP wants the last time to come after the first."""
    first, last = row.first_seen_at, row.last_seen_at
    if first is None:
        return ""
    seen = f'"first_seen":"{rfc3339(first)}",'
    return seen if last is None or last < first else f'{seen}"last_seen":"{rfc3339(last)}",'


def _reason(left: Withdrawal | None) -> str:
    return f"withdrawn: {left.reason}; " if left else ""


@lru_cache(maxsize=16_384)
def _context(sources: tuple[str, ...], said: tuple[str, ...], tlp: TLP, pap: PAP) -> str:
    """Return the end of the comment, and the tags; thousands of attributes share a few."""
    names = orjson.dumps("; " + ", ".join(map(one_line, sources))).decode()[1:]
    markings = (f"tlp:{tlp.label.lower()}", f"PAP:{pap.name}")
    tags = (*markings, *(label for label in labels(said) if not label.lower().startswith(("tlp:", "pap:"))))
    return f'{names},"Tag":{orjson.dumps([{"name": tag} for tag in tags]).decode()}'
