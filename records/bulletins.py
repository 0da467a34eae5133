"""What an approved bulletin is as it leaves the vault, and how it is written (version 1).

`docs/formats.md` describes the file. The vault writes it, `collectors/bulletin_outbox.py` reads it.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from records.advisories import Reference, Revision
from records.indicators import Observable
from records.markings import TLP, Marking

VERSION = 1
BULLETIN_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,79}")  # the name of its files, for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinIndicator:
    """An indicator of a bulletin: see `records.Indicator`; `tlp` is `None` where it is the bulletin's."""

    observable: Observable
    confidence: int
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    description: str = ""
    labels: tuple[str, ...] = ()
    tlp: TLP | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """An anonymised, approved account of an incident.

    `id` is a `BULLETIN_ID` that never changes, `markdown` the whole text. `categories` say in words
    what sort of bulletin it is, `labels` name sector and threat. `retraction` is when and why it was
    taken back, `None` where it stands.
    """

    id: str
    title: str
    published_at: datetime
    summary: str
    markdown: str
    marking: Marking
    language: str = "fr"
    updated_at: datetime | None = None
    revisions: tuple[Revision, ...] = ()
    retraction: Revision | None = None
    categories: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    indicators: tuple[BulletinIndicator, ...] = ()


def bulletin_files(bulletin: Bulletin) -> dict[str, bytes]:
    """Return the files of a bulletin by name: `<id>.md` and `<id>.json`, which is then to be signed.

    The signature over the JSON holds for the Markdown too, whose SHA-256 is in it. Raises `ValueError`
    for an id that could not be the name of a file.
    """
    if not BULLETIN_ID.fullmatch(bulletin.id):
        raise ValueError(f"{bulletin.id!r} is not a bulletin's id: lower-case letters, digits and hyphens")
    text = bulletin.markdown.encode()
    return {f"{bulletin.id}.md": text, f"{bulletin.id}.json": _json(bulletin, sha256(text).hexdigest())}


def _json(bulletin: Bulletin, markdown_sha256: str) -> bytes:
    value = {
        "version": VERSION,
        "id": bulletin.id,
        "title": bulletin.title,
        "language": bulletin.language,
        "tlp": f"TLP:{bulletin.marking.tlp.label}",
        "pap": f"PAP:{bulletin.marking.pap.name}",
        "published_at": _instant(bulletin.published_at),
        "updated_at": _instant(bulletin.updated_at),
        "revisions": [{"at": _instant(one.at), "text": one.description} for one in bulletin.revisions],
        "retracted": _retracted(bulletin.retraction),
        "categories": list(bulletin.categories),
        "labels": list(bulletin.labels),
        "summary": bulletin.summary,
        "markdown_sha256": markdown_sha256,
        "cves": list(bulletin.cves),
        "references": [{"url": one.url, "title": one.title} for one in bulletin.references],
        "indicators": [_indicator(one) for one in bulletin.indicators],
    }
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _retracted(retraction: Revision | None) -> dict[str, object] | None:
    if retraction is None:
        return None
    return {"at": _instant(retraction.at), "reason": retraction.description}


def _indicator(one: BulletinIndicator) -> dict[str, object]:
    return {
        "type": one.observable.type.value,
        "value": one.observable.value,
        "confidence": one.confidence,
        "valid_from": _instant(one.valid_from),
        "valid_until": _instant(one.valid_until),
        "description": one.description,
        "labels": list(one.labels),
        "tlp": None if one.tlp is None else f"TLP:{one.tlp.label}",
    }


def _instant(moment: datetime | None) -> str | None:
    """Write an instant in RFC 3339 with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
