"""Know which sources are due and how they are doing: bookmarks and runs."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, case, func, or_, select

from records import AddressState, Changes, FetchState, Rejected, Run, RunStatus, Source, SourceStatus
from store import tables
from store.archive import Archive
from store.health import LEAST_WITHDRAWN, WINDOW, shrinking_since
from store.schedule import PATIENCE, due_again
from store.writing import upsert

BAD = (RunStatus.FAILED.value, RunStatus.EMPTY.value)
UNREAD = timedelta(days=2)  # a source that nobody has read for so long is as silent as one that says nothing
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # when a source that was never read became due


def due_sources(
    archive: Archive, sources: Iterable[Source], *, now: datetime
) -> list[tuple[Source, FetchState]]:
    """Return the enabled sources whose pause is over, each with its bookmark, the longest waiting first.

    When that is, `store.schedule` says; it is never before the instant its server asked for. What is due
    lives here and nowhere else: a restart knows it.
    """
    wanted = [source for source in sources if source.enabled]
    with archive.reading() as connection:
        last = {source.id: _last_starts(connection, source.id) for source in wanted}
        mark = tables.bookmark
        rows = connection.execute(select(mark.c.source_id, mark.c.not_before_at))
        peace: dict[str, datetime | None] = {row[0]: row[1] for row in rows}
    due: list[tuple[datetime, Source]] = []
    for source in wanted:
        started_at, failures = last[source.id]
        at = due_again(source, started_at, failures) if started_at else EPOCH
        at = max(at, peace.get(source.id) or at)
        if at <= now:
            due.append((at, source))
    due.sort(key=lambda pair: (pair[0], pair[1].id))
    return [(source, fetch_state(archive, source)) for _, source in due]


def _last_starts(connection: Connection, source_id: str) -> tuple[datetime | None, int]:
    """Return when a source's last run began, and how many of its last runs were bad, up to `PATIENCE`."""
    run = tables.run
    query = select(run.c.started_at, run.c.status).where(run.c.source_id == source_id)
    query = query.order_by(run.c.started_at.desc(), run.c.id.desc()).limit(PATIENCE)
    last = connection.execute(query).all()
    failures = sum(1 for _ in takewhile(lambda row: row.status in BAD, last))
    return (last[0].started_at if last else None), failures


def fetch_state(archive: Archive, source: Source) -> FetchState:
    """Return the bookmark of a source; an empty one where it was never read."""
    table = tables.address
    columns = (
        table.c.url,
        table.c.etag,
        table.c.last_modified,
        table.c.marker,
        table.c.digest,
        table.c.listed_by,
    )
    with archive.reading() as connection:
        rows = connection.execute(select(*columns).where(table.c.source_id == source.id))
        addresses = {row.url: AddressState(*row[1:]) for row in rows}
        mark = tables.bookmark
        query = select(mark.c.not_before_at, mark.c.cursor).where(mark.c.source_id == source.id)
        kept = connection.execute(query).one_or_none()
    return FetchState(addresses, *(kept or (None, None)))


def record_run(archive: Archive, run: Run, *, not_before_at: datetime | None = None) -> None:
    """Write a run into the ledger; `not_before_at` is kept where the source asks for peace."""
    row = {
        "source_id": run.source_id,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "status": run.status.value,
        "new": run.changes.new,
        "modified": run.changes.modified,
        "unchanged": run.changes.unchanged,
        "withdrawn": run.changes.withdrawn,
        "rejected": run.changes.rejected,
        "documents": run.documents,
        "requests": run.requests,
        "size": run.size,
        "not_modified": run.not_modified,
        "found": run.found,
        "left_out": orjson.dumps(dict(run.left_out), option=orjson.OPT_SORT_KEYS).decode(),
        "error": run.error,
    }
    with archive.writing() as connection:
        connection.execute(tables.run.insert(), row)
        if not_before_at is not None:
            peace = {"source_id": run.source_id, "not_before_at": not_before_at}
            upsert(connection, tables.bookmark, [peace])


def statuses(archive: Archive, sources: Iterable[Source], *, now: datetime) -> list[SourceStatus]:
    """Return the state of every source, by id.

    paused: switched off; never: no run yet; failing: the last run failed, or nothing was ever read; empty:
    the source answered and nothing could be read; shrinking: it offers markedly less than it used to (see
    `store.health`); stale: nothing new for longer than `expected_days`; else ok.
    """
    with archive.reading() as connection:
        held: dict[str, int] = {}
        for table in tables.RECORD_TABLES:
            totals = select(table.c.source_id, func.count()).group_by(table.c.source_id)
            for source_id, total in connection.execute(totals):
                held[source_id] = held.get(source_id, 0) + total
        histories = {row.source_id: row for row in connection.execute(_histories())}
        return [
            _status(connection, source, histories.get(source.id), held.get(source.id, 0), now)
            for source in sorted(sources, key=lambda one: one.id)
        ]


def _histories() -> Select[Any]:
    """Ask for the landmarks of each source's runs: first, last, last that brought something, last good
    and last bad.
    """
    run = tables.run
    bad = run.c.status.in_(BAD)
    brought = or_(run.c.new > 0, run.c.modified > 0)
    return select(
        run.c.source_id,
        func.min(run.c.started_at).label("first_at"),
        func.max(run.c.id).label("last_id"),
        func.max(case((brought, run.c.started_at))).label("new_at"),
        func.max(case((~bad, run.c.started_at))).label("good_at"),
        func.max(case((bad, run.c.started_at))).label("bad_at"),
    ).group_by(run.c.source_id)


def _status(
    connection: Connection, source: Source, past: Row[Any] | None, held: int, now: datetime
) -> SourceStatus:
    if past is None:
        return SourceStatus(source, "never" if source.enabled else "paused", None, None, None, held)
    run = tables.run
    last = connection.execute(select(run).where(run.c.id == past.last_id)).one()
    quiet_from = (past.new_at or past.first_at) + timedelta(days=source.expected_days)
    unread_from = last.started_at + max(UNREAD, 4 * timedelta(minutes=source.interval_minutes))
    quiet_from = min(quiet_from, unread_from)
    if not source.enabled:
        state, since = "paused", last.started_at
    elif last.status in BAD or (last.status == RunStatus.PARTIAL and not held):
        state = "empty" if last.status == RunStatus.EMPTY else "failing"
        since = _first_after(connection, source.id, past.good_at) or past.first_at
    elif (shrunk_at := _shrunk_at(connection, source.id)) is not None:
        state, since = "shrinking", shrunk_at
    elif now >= quiet_from:
        state, since = "stale", quiet_from
    else:
        state, since = "ok", _first_after(connection, source.id, past.bad_at) or past.first_at
    return SourceStatus(source, state, since, last.started_at, past.new_at, held, last.error)


def _shrunk_at(connection: Connection, source_id: str) -> datetime | None:
    """Return since when a source offers less than it used to; what stands is counted only where it matters."""
    run, mark = tables.run, tables.bookmark
    query = select(run).where(run.c.source_id == source_id, tables.TELLING)
    query = query.order_by(run.c.started_at.desc(), run.c.id.desc()).limit(WINDOW)
    runs = [_run(row) for row in connection.execute(query)][::-1]
    withdrew = any(one.changes.withdrawn >= LEAST_WITHDRAWN for one in runs)
    cursor = connection.scalar(select(mark.c.cursor).where(mark.c.source_id == source_id))
    standing = _standing(connection, source_id) if withdrew else 0
    return shrinking_since(runs, standing=standing, incremental=cursor is not None)


def _standing(connection: Connection, source_id: str) -> int:
    """Return how many records of a source are not withdrawn."""
    return sum(
        connection.scalar(
            select(func.count()).where(table.c.source_id == source_id, table.c.withdrawn_at.is_(None))
        )
        or 0
        for table in tables.RECORD_TABLES
    )


def _first_after(connection: Connection, source_id: str, at: datetime | None) -> datetime | None:
    """Return the start of a source's first run after an instant."""
    if at is None:
        return None
    run = tables.run
    query = select(func.min(run.c.started_at)).where(run.c.source_id == source_id, run.c.started_at > at)
    found: datetime | None = connection.scalar(query)
    return found


def last_read(archive: Archive, *, now: datetime) -> dict[str, datetime]:
    """Return when each source was last read well before `now`, by its id."""
    run = tables.run
    query = select(run.c.source_id, func.max(run.c.started_at)).where(
        run.c.status.not_in(BAD), run.c.started_at <= now
    )
    with archive.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(query.group_by(run.c.source_id))}


def last_run_id(archive: Archive) -> int:
    """Return the number of the newest run in the ledger, 0 where there is none; numbers only rise."""
    with archive.reading() as connection:
        return connection.scalar(select(func.max(tables.run.c.id))) or 0


def changed_since(archive: Archive, run_id: int) -> bool:
    """Whether a run after the one of this number brought something that readers could notice."""
    run = tables.run
    brought = or_(run.c.new > 0, run.c.modified > 0, run.c.withdrawn > 0)
    with archive.reading() as connection:
        return connection.scalar(select(run.c.id).where(run.c.id > run_id, brought).limit(1)) is not None


def last_runs(archive: Archive, source_id: str, limit: int) -> list[Run]:
    """Return the newest runs of a source, newest first."""
    run = tables.run
    query = select(run).where(run.c.source_id == source_id).order_by(run.c.id.desc()).limit(limit)
    with archive.reading() as connection:
        return [_run(row) for row in connection.execute(query)]


def rejected(archive: Archive, source_id: str, limit: int = 50) -> list[Rejected]:
    """Return the items of a source that could not be read, the last seen first."""
    table = tables.rejected
    columns = (table.c.source_id, table.c.url, table.c.native_id, table.c.reason)
    query = select(*columns).where(table.c.source_id == source_id)
    query = query.order_by(table.c.last_at.desc(), table.c.id).limit(limit)
    with archive.reading() as connection:
        return [Rejected(*row) for row in connection.execute(query)]


def _run(row: Row[Any]) -> Run:
    return Run(
        source_id=row.source_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        status=RunStatus(row.status),
        changes=Changes(row.new, row.modified, row.unchanged, row.withdrawn, row.rejected),
        documents=row.documents,
        requests=row.requests,
        size=row.size,
        not_modified=row.not_modified,
        found=row.found,
        left_out=orjson.loads(row.left_out),
        error=row.error,
    )
