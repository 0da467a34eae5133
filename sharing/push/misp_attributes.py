"""Say values and markings as MISP has them: attributes of one event, with identifiers that stay."""

from datetime import date
from typing import TYPE_CHECKING

from records import PAP, TLP, Entry, Marking, ObservableType, record_id
from sharing.formats.lines import labels, one_line, rfc3339
from sharing.push.planning import Change

if TYPE_CHECKING:
    from pymisp import MISPAttribute, MISPEvent

DISTRIBUTION = {  # of MISP: 3 all communities, 2 connected communities, 1 this community, 0 this organisation
    TLP.CLEAR: 3,
    TLP.GREEN: 2,
    TLP.AMBER: 1,
    TLP.AMBER_STRICT: 0,
}
_KINDS = {
    ObservableType.DOMAIN: "domain",
    ObservableType.URL: "url",
    ObservableType.IPV4: "ip-dst",
    ObservableType.IPV4_NET: "ip-dst",
    ObservableType.IPV6: "ip-dst",
    ObservableType.IPV6_NET: "ip-dst",
    ObservableType.EMAIL: "email-src",
    ObservableType.MD5: "md5",
    ObservableType.SHA1: "sha1",
    ObservableType.SHA256: "sha256",
}
TAGS = (*(f"tlp:{level.label.lower()}" for level in TLP), *(f"PAP:{level.name}" for level in PAP))
_PAYLOADS = frozenset({"email-src", "md5", "sha1", "sha256"})


def event_of(uuid: str, on: date) -> "MISPEvent":
    """Return the event of a target, without attributes."""
    from pymisp import MISPEvent

    made = MISPEvent()
    made.from_dict(
        uuid=uuid,
        info="Vigie: lists",
        date=on,
        distribution=max(DISTRIBUTION.values()),  # attributes narrow it: none goes further than its own
        analysis=2,
        threat_level_id=2,
    )
    return made


def attribute_id(event: str, change: Change) -> str:
    """Return the identifier of a value's attribute in an event."""
    return record_id(event, *change.key.split(" ", 1))


def tags_of(marking: Marking) -> tuple[str, str]:
    """Return a marking as tags of the taxonomies `tlp` and `PAP`."""
    return f"tlp:{marking.tlp.label.lower()}", f"PAP:{marking.pap.name}"


def attribute_of(event: str, change: Change) -> "MISPAttribute":
    """Return a value as an attribute, without tags; it has no timestamp, so that the server's own clock counts."""
    from pymisp import MISPAttribute

    row = change.entry
    kind = _KINDS[row.observable.type]
    attribute = MISPAttribute()
    attribute.from_dict(
        uuid=attribute_id(event, change),
        type=kind,
        category="Payload delivery" if kind in _PAYLOADS else "Network activity",
        value=row.observable.value,
        to_ids=row.marking.pap <= PAP.GREEN,
        distribution=DISTRIBUTION[row.marking.tlp],
        deleted=False,
        comment=_comment(row),
        **_seen(row),
    )
    return attribute


def _comment(row: Entry) -> str:
    said = (
        f"confidence {row.confidence}",
        ", ".join(map(one_line, row.sources)),
        ", ".join(labels(row.labels)),
    )
    return "; ".join(text for text in said if text)[:2000]


def _seen(row: Entry) -> dict[str, str]:
    """Return when a value was first and last seen, which MISP wants in that order."""
    if row.first_seen_at is None:
        return {}
    last = max(row.last_seen_at or row.first_seen_at, row.first_seen_at)
    return {"first_seen": rfc3339(row.first_seen_at), "last_seen": rfc3339(last)}
