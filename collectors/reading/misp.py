"""Read what a MISP attribute says: indicators and sightings.

Format: MISP core format (draft-dulaunoy-misp-core-format). Attributes are read as plain
dictionaries (decision 0013); a test proves the reading equal to PyMISP's. Whole events are read by
`collectors.reading.misp_event`, markings and labels by `collectors.reading.misp_tags`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from collectors.reading import misp_tags, text
from records import (
    TLP,
    Indicator,
    Marking,
    ObservableType,
    Provenance,
    Rejected,
    Sighting,
    Source,
    observable,
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

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_SORTS = 200  # types that are counted by their names; there are 194
_SORT = re.compile(r"[A-Za-z0-9|/_ .-]{1,60}")
_SEEN, _FALSE_POSITIVE, _EXPIRATION = "0", "1", "2"  # types of sightings


@dataclass(frozen=True, slots=True)
class Holder:
    """What an event, or an object in it, lends to the attributes it holds.

    `distribution` is the least marking that it means, and `binding` whether it counts beside TLP
    tags too (see `misp_tags`); `marking` is what both and the tags come to. `retained_until` ends the
    validity of addresses.
    """

    source: Source
    provenance: Provenance
    title: str
    tags: tuple[str, ...]
    labels: tuple[str, ...]
    distribution: TLP
    binding: bool
    revoked: bool
    retained_until: datetime | None
    marking: Marking

    def marking_of(self, element: dict[str, Any], own: tuple[str, ...]) -> Marking:
        """Return the marking of something it holds that has tags of its `own`."""
        level = misp_tags.distribution(element, self.distribution)
        if not own and level is self.distribution:
            return self.marking
        return misp_tags.marking(self.tags + own, level, self.source.tlp, binding=self.binding)


def read_attribute(
    holder: Holder, attribute: Any, left: Counter[str]
) -> Iterator[Indicator | Sighting | Rejected]:
    """Yield what one attribute says; one of a type we have no observable for is counted in `left`.

    A composite value gives one indicator per observable, its `native_id` ending in the part's place.
    A deleted attribute is a revoked indicator, one that is not for detection (`to_ids`) not actionable.
    An expiration sighting ends the validity.
    """
    if not isinstance(attribute, dict):
        yield rejected(holder, "", "an attribute or object of the event is not a JSON object")
        return
    kind, uuid, value = attribute.get("type"), attribute.get("uuid"), attribute.get("value")
    parts = PARTS.get(kind) if isinstance(kind, str) else None
    if parts is None:
        left[_sort(kind, left)] += 1
    elif not isinstance(uuid, str) or not UUID.fullmatch(uuid):
        yield rejected(holder, "", f"an attribute {kind} has no valid uuid")
    elif not isinstance(value, str):
        yield rejected(holder, uuid, f"the value of the {kind} is not text")
    else:
        for native_id, part, written in _parts(uuid, parts, value):
            try:
                indicator = _indicator(holder, attribute, native_id, part, written)
            except ValueError as error:
                yield rejected(holder, native_id, f"{kind} {written[:80]!r}: {error}")
                continue
            yield indicator
            if attribute.get("Sighting"):
                yield from _sightings(attribute, indicator)


def _parts(
    uuid: str, parts: tuple[ObservableType | None, ...], value: str
) -> list[tuple[str, ObservableType, str]]:
    """Return the parts of a value that we have an observable for, each with its identifier."""
    if len(parts) == 1:
        return [(uuid, parts[0], value)] if parts[0] else []
    values = value.rpartition("|")[::2]
    return [(f"{uuid}#{n}", part, values[n]) for n, part in enumerate(parts) if part is not None]


def _sort(kind: object, left: Counter[str]) -> str:
    """Return the name under which a type that is not kept is counted."""
    name = kind if isinstance(kind, str) and _SORT.fullmatch(kind) else "unnamed type"
    return name if name in left or len(left) < MAX_SORTS else "other types"


def _indicator(
    holder: Holder, attribute: dict[str, Any], native_id: str, part: ObservableType, written: str
) -> Indicator:
    """Make the indicator of one value; raises `ValueError` where the value is not what its type says."""
    source, get = holder.source, attribute.get
    own: tuple[str, ...] = ()
    labels = holder.labels
    if get("Tag") or get("Galaxy"):
        own = misp_tags.names(attribute)
        labels = misp_tags.labels(own, attribute, labels)
    first_seen, comment = moment(get("first_seen")), line(get("comment"))
    return Indicator(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        observable=observable(part, written),
        marking=holder.marking_of(attribute, own),
        provenance=holder.provenance,
        confidence=source.confidence,
        valid_from=first_seen or moment(get("timestamp")),
        valid_until=_end(holder, attribute, part),
        first_seen_at=first_seen,
        last_seen_at=moment(get("last_seen")),
        actionable=is_true(get("to_ids")),
        revoked=holder.revoked or is_true(get("deleted")),
        description=f"{holder.title} — {comment}" if comment else holder.title,
        labels=labels,
    )


def _end(holder: Holder, attribute: dict[str, Any], part: ObservableType) -> datetime | None:
    """Return the last instant that an expiration sighting gives, or that of an address's retention."""
    end = holder.retained_until if part is _ADDRESS else None
    if not attribute.get("Sighting"):
        return end
    sightings = map(text.mapping, text.items(attribute.get("Sighting")))
    ends = [moment(one.get("date_sighting")) for one in sightings if _scalar(one.get("type")) == _EXPIRATION]
    expired = max((one for one in ends if one is not None), default=None)
    return min((one for one in (expired, end) if one is not None), default=None)


def _sightings(attribute: dict[str, Any], indicator: Indicator) -> Iterator[Sighting | Rejected]:
    """Yield what was seen of an indicator; expirations are already in its validity."""
    for number, item in enumerate(map(text.mapping, text.items(attribute.get("Sighting")))):
        kind = _scalar(item.get("type"))
        native_id = f"{indicator.native_id}/{text.string(item.get('uuid'))[:64] or number}"
        if kind in (_SEEN, _FALSE_POSITIVE):
            seen_at = moment(item.get("date_sighting"))
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


def moment(value: object) -> datetime | None:
    """Read seconds since 1970, as a number or in digits, or an ISO 8601 instant; 0 means unknown."""
    if isinstance(value, str):
        return _moment(value) if len(value) <= 40 else None
    return _moment(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@lru_cache(maxsize=4096)
def _moment(value: str | float) -> datetime | None:
    if isinstance(value, str) and not value.isdecimal():
        return text.instant(value)
    try:
        seconds = int(value)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def is_true(value: object) -> bool:
    """Whether a flag is set, in any of its spellings: `true`, `1`, `"1"`, `"true"`."""
    return value is True or (value is not False and _scalar(value).lower() in ("1", "true"))


def line(value: object) -> str:
    """Return a text on one line, without markup; an empty text where it is anything else.

    The same as `text.line`, at a tenth of its cost for the comments of tens of thousands of attributes.
    """
    words = value[: text.MAX_LINE] if isinstance(value, str) else ""
    if words.isprintable() and "<" not in words and "&" not in words:
        return " ".join(words.split())
    return text.line(words)


def _scalar(value: object) -> str:
    """Return a number or text as text, anything else as nothing: feeds write `5` and `"5"`."""
    return str(value) if isinstance(value, str | int | float) else ""


def rejected(holder: Holder, native_id: str, reason: str) -> Rejected:
    """Return the refusal of one item of an event."""
    return Rejected(holder.source.id, holder.provenance.url, native_id[:80], reason)
