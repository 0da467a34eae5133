"""Keep the journal of what was done and decided: lines are appended, never changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import RowMapping, func, select

from store import tables
from store.archive import Archive


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, object]


def write_journal(
    archive: Archive,
    action: str,
    subject: str,
    *,
    at: datetime,
    actor: str = "vigie",
    details: Mapping[str, object] | None = None,
) -> None:
    """Append one line to the journal."""
    row = {
        "at": at,
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": orjson.dumps(dict(details or {}), option=orjson.OPT_SORT_KEYS).decode(),
    }
    with archive.writing() as connection:
        connection.execute(tables.journal.insert(), row)


def last_entries(archive: Archive, action: str) -> dict[str, Entry]:
    """Return the newest line of an action for each of its subjects, by subject."""
    table = tables.journal
    newest = select(func.max(table.c.id)).where(table.c.action == action).group_by(table.c.subject)
    with archive.reading() as connection:
        found = [
            _entry(row) for row in connection.execute(select(table).where(table.c.id.in_(newest))).mappings()
        ]
    return {entry.subject: entry for entry in found}


def read_journal(archive: Archive) -> Iterator[Entry]:
    """Yield the journal, oldest first."""
    with archive.reading() as connection:
        for row in connection.execute(select(tables.journal).order_by(tables.journal.c.id)).mappings():
            yield _entry(row)


def _entry(row: RowMapping) -> Entry:
    return Entry(row["at"], row["actor"], row["action"], row["subject"], orjson.loads(row["details"]))
