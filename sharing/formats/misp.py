"""Write a MISP feed: a manifest, events of one type each, and `hashes.csv` to look values up without fetching them.

Events are fixed: the values of a common type are spread over sixteen by a hash of them, so an event keeps its
identifier and each value its event and its attribute. An event's `timestamp` is when its file last changed. What left is
there with `deleted`, as MISP tells it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import md5
from zlib import crc32

import orjson

from records import PAP, Entry, Marking, Observable, ObservableType, record_id
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
_EVENTS: dict[str, tuple[ObservableType, int]] = {
    record_id("sharing", "misp", kind, str(shard)): (kind, shard)
    for kind in ObservableType
    for shard in (range(_SHARDS) if kind in _COMMON else range(1))
}
_FILES = {f"misp/{uuid}.json": place for uuid, place in _EVENTS.items()}
_UUIDS = {place: uuid for uuid, place in _EVENTS.items()}
FILES: Mapping[str, frozenset[ObservableType]] = {
    HASHES: frozenset(ObservableType),
    **{name: frozenset({kind}) for name, (kind, _) in _FILES.items()},
}
MEDIA_TYPE = "application/json"
MEDIA_TYPES = {HASHES: "text/csv; charset=utf-8"}
WITHDRAWS = True
LOSES = "Which source said what, once several are merged; validity, which MISP's attributes have not."

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


def carries(row: Entry, name: str = HASHES) -> bool:
    """Say whether a value is one printable word and belongs to the event; what left is in no `hashes.csv`."""
    if not is_one_word(row.observable):
        return False
    if name == HASHES:
        return row.withdrawal is None
    return _shard(row.observable) == _FILES[name][1]


def head(name: str, made_at: datetime) -> str:
    """Return the beginning of an event, up to its attributes."""
    if name == HASHES:
        return ""
    kind, shard = _FILES[name]
    part = f" {shard + 1}/{_SHARDS}" if kind in _COMMON else ""
    body = {
        "uuid": _UUIDS[kind, shard],
        "info": f"Vigie: {kind.value}{part}",
        "date": "2026-01-01",
        "timestamp": str(int(made_at.timestamp())),
        "publish_timestamp": str(int(made_at.timestamp())),
        "published": True,
        "analysis": "2",
        "threat_level_id": "2",
        "Orgc": _ORG,
    }
    return '{"Event":' + orjson.dumps(body).decode()[:-1] + ',"Attribute":[\n'


def render(rows: Iterable[Entry], name: str = HASHES) -> Iterator[str]:
    """Yield one line an attribute, or one line a value of `hashes.csv`."""
    if name == HASHES:
        return (f"{_digest(row.observable)},{_uuid(row.observable)}\n" for row in rows if carries(row))
    return (_attribute(row) for row in rows if carries(row, name))


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
        "timestamp": "1767225600",
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
    """Return the manifest: each event that has attributes, and when it last changed."""
    events = {
        name: file
        for file in files
        if file.entries and (name := file.name.removeprefix("misp/").removesuffix(".json")) in _EVENTS
    }
    body = {name: _listed(name, file.made_at) for name, file in sorted(events.items())}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _listed(name: str, made_at: datetime) -> dict[str, object]:
    kind, shard = _EVENTS[name]
    part = f" {shard + 1}/{_SHARDS}" if kind in _COMMON else ""
    return {
        "info": f"Vigie: {kind.value}{part}",
        "date": "2026-01-01",
        "timestamp": str(int(made_at.timestamp())),
        "analysis": "2",
        "threat_level_id": 2,
        "Orgc": _ORG,
        "Tag": [],
    }


def _shard(item: Observable) -> int:
    return crc32(item.value.encode()) % _SHARDS if item.type in _COMMON else 0


def _uuid(item: Observable) -> str:
    return _UUIDS[item.type, _shard(item)]


def _digest(item: Observable) -> str:
    return md5(item.value.encode(), usedforsecurity=False).hexdigest()


def _attribute(row: Entry) -> str:
    item = row.observable
    kind, category = _KINDS[item.type]
    deleted = row.withdrawal is not None
    acted = row.marking.pap <= PAP.GREEN and not deleted
    seen = f'"first_seen":"{rfc3339(row.first_seen_at)}",' if row.first_seen_at else ""
    if row.first_seen_at and row.last_seen_at and row.first_seen_at <= row.last_seen_at:
        seen += f'"last_seen":"{rfc3339(row.last_seen_at)}",'
    reason = f"withdrawn: {row.withdrawal.reason.value}; " if row.withdrawal else ""
    return (
        f'{{"uuid":"{record_id("sharing", "misp", item.type, item.value)}","type":"{kind}","category":"{category}",'
        f'"value":{orjson.dumps(item.value).decode()},"to_ids":{"true" if acted else "false"},'
        f'"deleted":{"true" if deleted else "false"},"timestamp":"{int(row.changed_at.timestamp())}",{seen}'
        f"{_context(row.sources, row.labels, row.marking, f'{reason}confidence {row.confidence}')}}},\n"
    )


@lru_cache(maxsize=16_384)
def _context(sources: tuple[str, ...], said: tuple[str, ...], marking: Marking, comment: str) -> str:
    tags = [f"tlp:{marking.tlp.label.lower()}", f"PAP:{marking.pap.name}", *labels(said)]
    names = ", ".join(map(one_line, sources))
    comment = orjson.dumps(f"{comment}; {names}").decode()
    return f'"comment":{comment},"Tag":{orjson.dumps([{"name": tag} for tag in tags]).decode()}'
