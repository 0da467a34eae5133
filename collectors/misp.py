"""Read what a MISP event says: indicators and sightings.

Format: MISP core format (draft-dulaunoy-misp-core-format). Attributes are read as plain
dictionaries (decision 0013); a test proves the reading equal to PyMISP's.

A feed is already a publication, so `distribution` (who sees an attribute on its publisher's own
server) only counts where no TLP tag of the event or attribute says more. That rule is ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from collectors import text
from records import (
    TLP,
    Indicator,
    Marking,
    ObservableType,
    Provenance,
    Record,
    Rejected,
    Sighting,
    Source,
    observable,
    parse_tags,
    record_id,
)

_ADDRESS, _DOMAIN, _EMAIL = ObservableType.IPV4, ObservableType.DOMAIN, ObservableType.EMAIL
_MD5, _SHA1, _SHA256 = ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256

# What the parts of an attribute's value are, by its type; `None` for a part we have no observable for.
PARTS: dict[str, tuple[ObservableType | None, ...]] = {
    **dict.fromkeys(("ip-src", "ip-dst"), (_ADDRESS,)),
    **dict.fromkeys(("domain", "hostname"), (_DOMAIN,)),
    **dict.fromkeys(("email", "email-src", "email-dst", "email-reply-to"), (_EMAIL,)),
    "url": (ObservableType.URL,),
    "md5": (_MD5,),
    "sha1": (_SHA1,),
    "sha256": (_SHA256,),
    "domain|ip": (_DOMAIN, _ADDRESS),
    "hostname|port": (_DOMAIN, None),
    "ip-src|port": (_ADDRESS, None),
    "ip-dst|port": (_ADDRESS, None),
    "filename|md5": (None, _MD5),
    "filename|sha1": (None, _SHA1),
    "filename|sha256": (None, _SHA256),
    "malware-sample": (None, _MD5),  # the name and MD5 of the file
}

# Organisation, community, connected communities, all, sharing group; any other is unknown.
_DISTRIBUTIONS = {"0": TLP.RED, "1": TLP.AMBER, "2": TLP.GREEN, "3": TLP.CLEAR, "4": TLP.RED}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TLP_TAG = re.compile(r"\s*tlp\s*:[^=]*|(?:[^=]*:)?\s*tlp\s*=.*", re.IGNORECASE)
_SEEN, _FALSE_POSITIVE, _EXPIRATION = "0", "1", "2"


@dataclass(frozen=True, slots=True)
class _Holder:
    """What an event, then an object in it, lends to the attributes it holds."""

    source: Source
    provenance: Provenance
    title: str
    tags: tuple[str, ...]
    labels: tuple[str, ...]
    distribution: TLP
    revoked: bool


def read_event(source: Source, provenance: Provenance, event: dict[str, Any]) -> Iterator[Record | Rejected]:
    """Yield the records of one event: its own attributes and those of its objects.

    A composite value gives one indicator per observable, its `native_id` ending in the part's place.
    An attribute of a type we have no observable for is left out silently; a deleted one is revoked.
    An expiration sighting ends the indicator's validity.
    """
    tags = _tags(event)
    holder = _Holder(
        source=source,
        provenance=provenance,
        title=_line(event.get("info")),
        tags=tags,
        labels=_labels(tags, event),
        distribution=_distribution(event, TLP.CLEAR),
        revoked=_true(event.get("deleted")),
    )
    for attribute in text.items(event.get("Attribute")):
        yield from _attribute(holder, attribute)
    for item in text.items(event.get("Object")):
        if not isinstance(item, dict):
            yield _rejected(source, provenance.url, "", "an object of the event is not a JSON object")
            continue
        inner = replace(
            holder,
            distribution=_distribution(item, holder.distribution),
            revoked=holder.revoked or _true(item.get("deleted")),
        )
        for attribute in text.items(item.get("Attribute")):
            yield from _attribute(inner, attribute)


def _attribute(holder: _Holder, attribute: Any) -> Iterator[Record | Rejected]:
    """Read one attribute: its value, part by part, in the context of its holder."""
    if not isinstance(attribute, dict):
        yield _rejected(holder.source, holder.provenance.url, "", "an attribute is not a JSON object")
        return
    kind, uuid, value = attribute.get("type"), attribute.get("uuid"), attribute.get("value")
    parts = PARTS.get(kind) if isinstance(kind, str) else None
    if parts is None:
        return
    if not isinstance(uuid, str) or not UUID.fullmatch(uuid):
        yield _rejected(holder.source, holder.provenance.url, "", f"an attribute {kind} has no valid uuid")
        return
    if not isinstance(value, str):
        yield _rejected(holder.source, holder.provenance.url, uuid, f"the value of the {kind} is not text")
        return
    values = (value,) if len(parts) == 1 else value.rpartition("|")[::2]
    for place, (part, written) in enumerate(zip(parts, values, strict=True)):
        if part is None:
            continue
        native_id = uuid if len(parts) == 1 else f"{uuid}#{place}"
        try:
            indicator = _indicator(holder, attribute, native_id, part, written)
        except ValueError as error:
            yield _rejected(
                holder.source, holder.provenance.url, native_id, f"{kind} {written[:80]!r}: {error}"
            )
            continue
        yield indicator
        if attribute.get("Sighting"):
            yield from _sightings(attribute, indicator)


def _indicator(
    holder: _Holder, attribute: dict[str, Any], native_id: str, part: ObservableType, written: str
) -> Indicator:
    """Make the indicator of one value; raises `ValueError` where the value is not what its type says."""
    source, tags, labels = holder.source, holder.tags, holder.labels
    if attribute.get("Tag") or attribute.get("Galaxy"):
        own = _tags(attribute)
        tags, labels = tags + own, tuple(dict.fromkeys(labels + _labels(own, attribute)))
    first_seen, comment = _moment(attribute.get("first_seen")), attribute.get("comment")
    return Indicator(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        observable=observable(part, written),
        marking=_marking(tags, _distribution(attribute, holder.distribution), source.tlp),
        provenance=holder.provenance,
        confidence=source.confidence,
        valid_from=first_seen or _moment(attribute.get("timestamp")),
        valid_until=_expiration(attribute),
        first_seen_at=first_seen,
        last_seen_at=_moment(attribute.get("last_seen")),
        actionable=_true(attribute.get("to_ids")),
        revoked=holder.revoked or _true(attribute.get("deleted")),
        description=f"{holder.title} — {_line(comment)}" if comment else holder.title,
        labels=labels,
    )


def _sightings(attribute: dict[str, Any], indicator: Indicator) -> Iterator[Sighting | Rejected]:
    """Yield what was seen of an indicator; expirations are already in its validity."""
    for number, item in enumerate(map(text.mapping, text.items(attribute.get("Sighting")))):
        kind = _scalar(item.get("type"))
        native_id = f"{indicator.native_id}/{text.string(item.get('uuid'))[:64] or number}"
        if kind in (_SEEN, _FALSE_POSITIVE):
            seen_at = _moment(item.get("date_sighting"))
            yield Sighting(
                id=record_id(indicator.source_id, native_id),
                source_id=indicator.source_id,
                native_id=native_id,
                indicator_id=indicator.id,
                provenance=indicator.provenance,
                marking=indicator.marking,
                first_seen_at=seen_at,
                last_seen_at=seen_at,
                false_positive=kind == _FALSE_POSITIVE,
            )
        elif kind != _EXPIRATION:
            url = indicator.provenance.url
            yield Rejected(indicator.source_id, url, native_id, f"unknown sighting type {kind[:20]!r}")


def _expiration(attribute: dict[str, Any]) -> datetime | None:
    """Return the last instant that an expiration sighting gives."""
    if not attribute.get("Sighting"):
        return None
    sightings = map(text.mapping, text.items(attribute.get("Sighting")))
    ends = [_moment(one.get("date_sighting")) for one in sightings if _scalar(one.get("type")) == _EXPIRATION]
    return max((end for end in ends if end is not None), default=None)


@lru_cache(maxsize=1024)
def _marking(tags: tuple[str, ...], distribution: TLP, least: TLP) -> Marking:
    """Return the strictest of all tags; without a TLP tag, no less than the distribution means."""
    marking = parse_tags(list(tags), least=Marking(least))
    if any(_TLP_TAG.fullmatch(tag) for tag in tags):
        return marking
    return Marking(max(marking.tlp, distribution), marking.pap)


def _distribution(element: dict[str, Any], inherited: TLP) -> TLP:
    """Return what an element's distribution means; 5 and none at all are its holder's, never less."""
    said = element.get("distribution")
    level = "5" if said in (None, "") else _scalar(said)
    return inherited if level == "5" else max(inherited, _DISTRIBUTIONS.get(level, TLP.RED))


def _tags(holder: dict[str, Any]) -> tuple[str, ...]:
    names = (text.mapping(item).get("name") for item in text.items(holder.get("Tag")))
    return tuple(name for name in names if isinstance(name, str))


def _labels(tags: tuple[str, ...], holder: dict[str, Any]) -> tuple[str, ...]:
    """Return the tags and the names of the galaxy clusters as text, once each."""
    clusters = [
        cluster.get("value")
        for galaxy in map(text.mapping, text.items(holder.get("Galaxy")))
        for cluster in map(text.mapping, text.items(galaxy.get("GalaxyCluster")))
    ]
    return tuple(dict.fromkeys(name for name in map(_line, (*tags, *clusters)) if name))


def _moment(value: Any) -> datetime | None:
    """Read seconds since 1970, as a number or in digits, or an ISO 8601 instant; 0 means unknown."""
    if isinstance(value, str) and not value.isdecimal():
        return text.instant(value)
    try:
        return datetime.fromtimestamp(int(value), UTC) if value and int(value) > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _true(value: Any) -> bool:
    return value is True or _scalar(value).lower() in ("1", "true")


def _scalar(value: Any) -> str:
    """Return a number or text as text, anything else as nothing: feeds write `5` and `"5"`."""
    return str(value) if isinstance(value, str | int | float) else ""


def _line(value: Any) -> str:
    return _clean(value[:1000]) if isinstance(value, str) and value else ""


@lru_cache(maxsize=4096)
def _clean(words: str) -> str:
    return text.line(words)


def _rejected(source: Source, url: str, native_id: str, reason: str) -> Rejected:
    return Rejected(source.id, url, native_id[:80], reason)
