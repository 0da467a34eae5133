"""The archive's tables (SQLAlchemy Core), the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it as text without zone, PostgreSQL as `timestamptz`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into what the driver takes."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the database keeps into an aware instant."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@lru_cache(maxsize=10_000)  # the rows of one document share most of their instants
def sqlite_text(value: datetime | None) -> str | None:
    """Return an aware instant as `Instant` keeps it on SQLite, for rows that go past SQLAlchemy."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")  # sorts the same everywhere

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[Any]:
    return Column("id", String(36), primary_key=True)


def _record_columns() -> list[Column[Any]]:
    """Return what every table of records has: provenance, marking, and the trace of its changes."""
    return [
        Column("source_id", String(63), nullable=False),
        Column("native_id", Text, nullable=False),
        Column("tlp", SmallInteger, nullable=False),
        Column("pap", SmallInteger, nullable=False),
        Column("url", Text, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("received_at", Instant, nullable=False),
        Column("content_hash", String(32), nullable=False),
        Column("first_seen_at", Instant, nullable=False),
        Column("changed_at", Instant, nullable=False),
        Column("withdrawn_at", Instant),
        Column("withdrawn_reason", Text, nullable=False, server_default=""),
    ]


address = Table(
    "address",
    METADATA,
    Column("source_id", String(63), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("marker", Text),
    Column("digest", String(64)),
    Column("listed_by", Text),
)

bookmark = Table(
    "bookmark",
    METADATA,
    Column("source_id", String(63), primary_key=True),
    Column("not_before_at", Instant),
    Column("cursor", Text, comment="how far an incremental kind has got"),
)

document = Table(
    "document",
    METADATA,
    Column("source_id", String(63), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="zlib"),
)

reception = Table(
    "reception",
    METADATA,
    Column("source_id", String(63), primary_key=True),
    Column("received_at", Instant, primary_key=True),
    Column("url", Text, primary_key=True),
    Column("digest", String(64), comment="null: its listing no longer names the address"),
)

advisory = Table(
    "advisory",
    METADATA,
    _id(),
    *_record_columns(),
    Column("dated_at", Instant, nullable=False, comment="updated, else published, else first seen"),
    Column("content", Text, nullable=False, comment="JSON"),
    Index(None, "source_id", "url"),
    Index(None, "dated_at"),
)

advisory_cve = Table(
    "advisory_cve",
    METADATA,
    Column("advisory_id", String(36), ForeignKey(advisory.c.id), primary_key=True),
    Column("cve", String(28), primary_key=True),
    Index(None, "cve"),
)

advisory_revision = Table(
    "advisory_revision",
    METADATA,
    Column("advisory_id", String(36), primary_key=True),
    Column("seen_at", Instant, primary_key=True),
    Column("content", Text, nullable=False, comment="JSON"),
)

vulnerability = Table(
    "vulnerability",
    METADATA,
    _id(),
    *_record_columns(),
    Column("cve", String(28), nullable=False),
    Column("known_exploited", Boolean, nullable=False),
    Column("content", Text, nullable=False, comment="JSON"),
    Index(None, "source_id", "url"),
    Index(None, "cve"),
)

indicator = Table(
    "indicator",
    METADATA,
    _id(),
    *_record_columns(),
    Column("type", String(16), nullable=False),
    Column("value", BYTEWISE, nullable=False),
    Column("confidence", SmallInteger, nullable=False),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("seen_first_at", Instant),
    Column("seen_last_at", Instant),
    Column("actionable", Boolean, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("description", Text, nullable=False),
    Column("labels", Text, nullable=False, comment="JSON list"),
    Index(None, "source_id", "url"),
)

sighting = Table(
    "sighting",
    METADATA,
    _id(),
    *_record_columns(),
    Column("indicator_id", String(36), nullable=False),
    Column("count", Integer, nullable=False),
    Column("seen_first_at", Instant),
    Column("seen_last_at", Instant),
    Column("false_positive", Boolean, nullable=False),
    Index(None, "source_id", "url"),
    Index(None, "indicator_id"),
)

rejected = Table(
    "rejected",
    METADATA,
    _id(),
    Column("source_id", String(63), nullable=False),
    Column("url", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("last_at", Instant, nullable=False),
)

assessment = Table(
    "assessment",
    METADATA,
    Column("subject_id", String(36), primary_key=True),
    Column("rule", String(80), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("confidence", SmallInteger, nullable=False),
    Column("reasons", Text, nullable=False, comment="JSON"),
    Column("made_at", Instant, nullable=False),
    Column("subject_hash", String(32), nullable=False, comment="content hash of what was judged"),
)

# Runs that say how much a source offers; most of a year's runs are "nothing new". As text, because a
# database takes a partial index only for a condition that it can see to be the index's own.
TELLING = text("(found > 0 OR new > 0 OR withdrawn > 0)")

run = Table(
    "run",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source_id", String(63), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("status", String(16), nullable=False),
    *(
        Column(name, Integer, nullable=False)
        for name in (
            "new",
            "modified",
            "unchanged",
            "withdrawn",
            "rejected",
            "documents",
            "requests",
            "not_modified",
        )
    ),
    Column("found", Integer, nullable=False, server_default="0", comment="what the source offered"),
    Column("left_out", Text, nullable=False, server_default="{}", comment="JSON: sort -> count"),
    Column("size", BigInteger, nullable=False, comment="bytes received"),
    Column("error", Text, nullable=False),
    Index(None, "source_id", "started_at"),
    Index("ix_run_telling", "source_id", "started_at", sqlite_where=TELLING, postgresql_where=TELLING),
)

journal = Table(
    "journal",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False, comment="JSON"),
    Index(None, "action", "subject"),
)

RECORD_TABLES = (advisory, vulnerability, indicator, sighting)
