"""Turn records into rows of the archive and back: the only place that knows both shapes."""

from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

import orjson
from pydantic import TypeAdapter
from sqlalchemy import RowMapping, Table

from records import (
    PAP,
    TLP,
    Advisory,
    Assessment,
    Indicator,
    Marking,
    Observable,
    ObservableType,
    Provenance,
    Reason,
    Record,
    Sighting,
    Vulnerability,
)
from store import tables
from store.writing import Row

R = TypeVar("R", Advisory, Vulnerability)

_ADVISORY = TypeAdapter(Advisory)
_VULNERABILITY = TypeAdapter(Vulnerability)
_REASONS = TypeAdapter(tuple[Reason, ...])
_NOWHERE = datetime.min
_TLP_WORDS, _PAP_WORDS = tuple(map(repr, TLP)), tuple(map(repr, PAP))


def table_of(record: Record) -> Table:
    """Return the table in which a record is kept."""
    match record:
        case Advisory():
            return tables.advisory
        case Vulnerability():
            return tables.vulnerability
        case Indicator():
            return tables.indicator
        case Sighting():
            return tables.sighting


def row_of(record: Record, now: datetime) -> Row:
    """Return a record's row, but for the columns that depend on what the archive already has.

    `content_hash` covers all that the publisher said and the document's address, not the instant of
    reading nor the document's digest: reading the same thing twice changes nothing.
    """
    match record:
        case Advisory():
            return _advisory(record, now)
        case Vulnerability():
            return _vulnerability(record)
        case Indicator():
            return _indicator(record)
        case Sighting():
            return _sighting(record)


def advisory_of(row: RowMapping) -> Advisory:
    """Return the advisory of a row."""
    return replace(
        _ADVISORY.validate_json(row["content"]),
        provenance=_provenance(row),
        withdrawn_at=row["withdrawn_at"],
    )


def version_of(row: RowMapping) -> Advisory:
    """Return an advisory as one version of it said, from a row of `advisory_revision`."""
    said = _ADVISORY.validate_json(row["content"])
    return replace(said, provenance=replace(said.provenance, received_at=row["seen_at"]))


def vulnerability_of(row: RowMapping) -> Vulnerability:
    """Return the vulnerability of a row."""
    return replace(_VULNERABILITY.validate_json(row["content"]), provenance=_provenance(row))


def indicator_of(row: RowMapping) -> Indicator:
    """Return the indicator of a row."""
    return Indicator(
        id=row["id"],
        source_id=row["source_id"],
        native_id=row["native_id"],
        observable=Observable(ObservableType(row["type"]), row["value"]),
        marking=marking_of(row),
        provenance=_provenance(row),
        confidence=row["confidence"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        first_seen_at=row["seen_first_at"],
        last_seen_at=row["seen_last_at"],
        actionable=row["actionable"],
        revoked=row["revoked"],
        description=row["description"],
        labels=tuple(orjson.loads(row["labels"])),
    )


def sighting_of(row: RowMapping) -> Sighting:
    """Return the sighting of a row."""
    return Sighting(
        id=row["id"],
        source_id=row["source_id"],
        native_id=row["native_id"],
        indicator_id=row["indicator_id"],
        provenance=_provenance(row),
        marking=marking_of(row),
        count=row["count"],
        first_seen_at=row["seen_first_at"],
        last_seen_at=row["seen_last_at"],
        false_positive=row["false_positive"],
    )


def assessment_row(made: Assessment, subject_hash: str, now: datetime) -> Row:
    """Return the row of a conclusion about a record whose content had `subject_hash`."""
    return {
        "subject_id": made.subject_id,
        "rule": made.rule,
        "version": made.version,
        "value": made.value,
        "score": made.score,
        "confidence": made.confidence,
        "reasons": _REASONS.dump_json(made.reasons).decode(),
        "made_at": now,
        "subject_hash": subject_hash,
    }


def assessment_of(row: RowMapping) -> Assessment:
    """Return the assessment of a row."""
    return Assessment(
        subject_id=row["subject_id"],
        rule=row["rule"],
        version=row["version"],
        value=row["value"],
        score=row["score"],
        confidence=row["confidence"],
        reasons=_REASONS.validate_json(row["reasons"]),
        made_at=row["made_at"],
    )


def marking_of(row: RowMapping) -> Marking:
    """Return the marking of a record's row."""
    return Marking(TLP(row["tlp"]), PAP(row["pap"]))


def _advisory(record: Advisory, now: datetime) -> Row:
    content = _ADVISORY.dump_json(_timeless(record))
    dated = record.updated_at or record.published_at or now
    withdrawn = record.withdrawn_at
    return _common(record, record.native_id, content) | {
        "content": content.decode(),
        "dated_at": min(dated, now),  # a date in the future cannot hold the first place for ever
        "withdrawn_at": withdrawn,
        "withdrawn_reason": "withdrawn by its publisher" if withdrawn else "",
    }


def _vulnerability(record: Vulnerability) -> Row:
    content = _VULNERABILITY.dump_json(_timeless(record))
    return _common(record, record.cve, content) | {
        "content": content.decode(),
        "cve": record.cve,
        "known_exploited": record.known_exploited is not None,
        "withdrawn_at": None,
        "withdrawn_reason": "",
    }


def _indicator(record: Indicator) -> Row:
    said: Row = {
        "type": record.observable.type.value,
        "value": record.observable.value,
        "confidence": record.confidence,
        "valid_from": record.valid_from,
        "valid_until": record.valid_until,
        "seen_first_at": record.first_seen_at,
        "seen_last_at": record.last_seen_at,
        "actionable": record.actionable,
        "revoked": record.revoked,
        "description": keepable(record.description),
        "labels": orjson.dumps(record.labels).decode(),
    }
    marking = record.marking  # its words are kept ready: a list has a million times the same
    words = f"{_TLP_WORDS[marking.tlp]}, {_PAP_WORDS[marking.pap]}"
    content = f"({record.native_id!r}, {words}, {record.provenance.url!r}, {tuple(said.values())!r})"
    row = _common(record, record.native_id, content.encode("utf-8", "surrogatepass")) | said
    row["withdrawn_at"] = record.provenance.received_at if record.revoked else None
    row["withdrawn_reason"] = "revoked by its publisher" if record.revoked else ""
    return row


def _sighting(record: Sighting) -> Row:
    said: Row = {
        "indicator_id": record.indicator_id,
        "count": record.count,
        "seen_first_at": record.first_seen_at,
        "seen_last_at": record.last_seen_at,
        "false_positive": record.false_positive,
    }
    content = repr((record.native_id, record.marking, record.provenance.url, said)).encode()
    return _common(record, record.native_id, content) | said | {"withdrawn_at": None, "withdrawn_reason": ""}


def _common(record: Record, native_id: str, content: bytes) -> Row:
    marking, origin = record.marking, record.provenance
    return {
        "id": record.id,
        "source_id": record.source_id,
        "native_id": keepable(native_id),
        "tlp": int(marking.tlp),
        "pap": int(marking.pap),
        "url": origin.url,
        "digest": origin.digest,
        "received_at": origin.received_at,
        "content_hash": blake2b(content, digest_size=16).hexdigest(),
    }


def keepable(text: str) -> str:
    """Return a text without NUL, which PostgreSQL cannot keep, and with `?` for halves of characters."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\x00", "")


def _timeless(record: R) -> R:
    """Return a record without what changes from one reading to the next."""
    return replace(record, provenance=replace(record.provenance, digest="", received_at=_NOWHERE))


def _provenance(row: RowMapping) -> Provenance:
    return Provenance(row["source_id"], row["url"], row["digest"], row["received_at"])
