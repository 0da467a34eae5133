"""Keep what a run of a source brought: records, documents and bookmark in one transaction."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from sqlalchemy import Connection, Table, delete, select, update

from records import (
    Advisory,
    Changes,
    Document,
    FetchState,
    Record,
    Rejected,
    record_id,
)
from store import tables
from store.archive import Archive
from store.documents import GONE
from store.rows import keepable, row_of, table_of
from store.writing import Row, chunks, insert_missing, upsert

BATCH = 20_000  # records written together


@dataclass(frozen=True, slots=True)
class Reading:
    """A document and what its kind made of it.

    `complete`: the document names everything its address holds, so what it no longer names is
    withdrawn. `readable` is false where the whole document was rejected: it is kept, its bookmark
    is not, and nothing is withdrawn for it.
    """

    document: Document
    items: Sequence[Record | Rejected]
    complete: bool
    readable: bool = True


def save(
    archive: Archive,
    source_id: str,
    readings: Iterable[Reading],
    state: FetchState | None,
    *,
    gone: Sequence[str] = (),
    now: datetime,
) -> Changes:
    """Keep all readings of one run and the bookmark that goes with them, or none of it.

    A replay has no bookmark: `state` is `None`, and the one there is stays. What was read at the `gone`
    addresses is withdrawn: their listing no longer names them.
    `new` and `modified` are decided by a hash of the content, never by the publisher's dates, so a
    repeated run changes nothing. Raises `StoreError` with nothing written.
    """
    changes = Changes()
    unreadable: set[str] = set()
    with archive.writing() as connection:
        for batch in _batches(readings):
            changes += _save_batch(connection, source_id, batch, now)
            unreadable |= {reading.document.url for reading in batch if not reading.readable}
        nothing: dict[Table, frozenset[str]] = {table: frozenset() for table in tables.RECORD_TABLES}
        changes += _withdraw_missing(connection, source_id, gone, nothing, now)
        _save_receptions(connection, (Document(source_id, url, now, GONE, "", b"") for url in gone))
        if state is not None:
            _save_bookmark(connection, source_id, state, unreadable)
        _forget(connection, source_id, gone)
    return changes


def _batches(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    batch: list[Reading] = []
    size = 0
    for reading in readings:
        batch.append(reading)
        size += len(reading.items) + 1
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _save_batch(connection: Connection, source_id: str, batch: list[Reading], now: datetime) -> Changes:
    _save_documents(connection, [reading.document for reading in batch])
    rows: dict[Table, dict[str, Row]] = {table: {} for table in tables.RECORD_TABLES}
    advisories: dict[str, Advisory] = {}
    refused: list[Rejected] = []
    for item in (item for reading in batch for item in reading.items):
        if isinstance(item, Rejected):
            refused.append(item)
            continue
        rows[table_of(item)][item.id] = row_of(item, now)
        if isinstance(item, Advisory):
            advisories[item.id] = item
    changes = Changes(rejected=_save_rejected(connection, refused, now))
    for table, found in rows.items():
        made, written = _save_rows(connection, table, list(found.values()), now)
        changes += made
        if table is tables.advisory:
            _save_advisory_parts(connection, [advisories[row["id"]] for row in written], written, now)
    urls = [reading.document.url for reading in batch if reading.complete and reading.readable]
    spared = frozenset(record_id(source_id, one.native_id) for one in refused)  # named, though unreadable
    present = {table: spared | found.keys() for table, found in rows.items()}
    return changes + _withdraw_missing(connection, source_id, urls, present, now)


def _save_rows(
    connection: Connection, table: Table, rows: list[Row], now: datetime
) -> tuple[Changes, list[Row]]:
    """Write the rows that say something new, and return them with what they amount to."""
    known = _known(connection, table, [row["id"] for row in rows])
    new, modified, withdrawn = 0, 0, 0
    written: list[Row] = []
    for row in rows:
        before = known.get(row["id"])
        gone = row["withdrawn_at"] is not None
        if before is None:
            new += 1
        elif before == (row["content_hash"], gone):
            continue
        elif gone and not before[1]:
            withdrawn += 1
        else:
            modified += 1
        row["first_seen_at"] = row["changed_at"] = now
        written.append(row)
    written.sort(key=itemgetter("id"))
    upsert(connection, table, written, keep=frozenset({"first_seen_at"}))
    return Changes(new, modified, len(rows) - len(written), withdrawn), written


def _known(connection: Connection, table: Table, ids: list[str]) -> dict[str, tuple[str, bool]]:
    """Return, of the records that are there, the content hash and whether they are withdrawn."""
    known: dict[str, tuple[str, bool]] = {}
    for part in chunks(ids):
        query = select(table.c.id, table.c.content_hash, table.c.withdrawn_at.is_not(None))
        rows = connection.execute(query.where(table.c.id.in_(part)))
        known.update((name, (content_hash, gone)) for name, content_hash, gone in rows)
    return known


def _save_advisory_parts(
    connection: Connection, advisories: list[Advisory], rows: list[Row], now: datetime
) -> None:
    """Keep each version of an advisory, and the index of the CVEs it names."""
    revisions = [{"advisory_id": row["id"], "seen_at": now, "content": row["content"]} for row in rows]
    upsert(connection, tables.advisory_revision, revisions)
    named = tables.advisory_cve
    for part in chunks(advisories):
        connection.execute(delete(named).where(named.c.advisory_id.in_([one.id for one in part])))
        pairs = [{"advisory_id": one.id, "cve": cve} for one in part for cve in dict.fromkeys(one.cves)]
        if pairs:
            connection.execute(named.insert(), pairs)


def _withdraw_missing(
    connection: Connection,
    source_id: str,
    urls: Sequence[str],
    present: dict[Table, frozenset[str]],
    now: datetime,
) -> Changes:
    """Withdraw the records once read at these addresses that their documents no longer name."""
    withdrawn = 0
    for table in tables.RECORD_TABLES:
        for part in chunks(urls):
            query = select(table.c.id).where(
                table.c.source_id == source_id, table.c.url.in_(part), table.c.withdrawn_at.is_(None)
            )
            gone = [name for name in connection.scalars(query) if name not in present[table]]
            for names in chunks(gone):
                change = update(table).where(table.c.id.in_(names))
                reason = "no longer named by its publisher"
                connection.execute(change.values(withdrawn_at=now, changed_at=now, withdrawn_reason=reason))
            withdrawn += len(gone)
    return Changes(withdrawn=withdrawn)


def _save_documents(connection: Connection, documents: list[Document]) -> None:
    """Keep documents as received, compressed and once each, and every reception of one."""
    for part in chunks(documents, 50):
        rows = [
            {
                "source_id": one.source_id,
                "digest": one.digest,
                "media_type": one.media_type,
                "body": zlib.compress(one.body),
            }
            for one in part
        ]
        insert_missing(connection, tables.document, rows)
        _save_receptions(connection, part)


def _save_receptions(connection: Connection, documents: Iterable[Document]) -> None:
    """Keep when each document came; one without digest says that its address is gone."""
    rows = [
        {
            "source_id": one.source_id,
            "received_at": one.received_at,
            "url": one.url,
            "digest": one.digest or None,
        }
        for one in documents
    ]
    insert_missing(connection, tables.reception, rows)


def _save_rejected(connection: Connection, refused: list[Rejected], now: datetime) -> int:
    rows = {
        name: {
            "id": name,
            "source_id": one.source_id,
            "url": one.url,
            "native_id": keepable(one.native_id),
            "reason": keepable(one.reason),
            "last_at": now,
        }
        for one in refused
        for name in [record_id(one.source_id, one.url, one.native_id, one.reason)]
    }
    upsert(connection, tables.rejected, list(rows.values()))
    return len(rows)


def _save_bookmark(connection: Connection, source_id: str, state: FetchState, unreadable: set[str]) -> None:
    """Keep how far the run got; addresses that could not be read are forgotten, to be asked again."""
    rows = [
        {
            "source_id": source_id,
            "url": url,
            "etag": one.etag,
            "last_modified": one.last_modified,
            "marker": one.marker,
            "digest": one.digest,
            "listed_by": one.listed_by,
        }
        for url, one in state.addresses.items()
        if url not in unreadable
    ]
    upsert(connection, tables.address, rows)
    _forget(connection, source_id, sorted(unreadable))
    table = tables.address
    if unreadable:  # its listing must be read in full next time: a 304 would hide it
        listings = update(table).where(table.c.source_id == source_id, table.c.marker.is_(None))
        connection.execute(listings.values(etag=None, last_modified=None))
    mark: Row = {"source_id": source_id, "not_before_at": state.not_before_at}
    if not unreadable:  # what could not be read lies behind the cursor, not before it
        mark["cursor"] = state.cursor
    upsert(connection, tables.bookmark, [mark])


def forget_addresses(archive: Archive, source_id: str, urls: Sequence[str]) -> None:
    """Remove addresses from the bookmark of a source, so that their answers are looked at anew."""
    with archive.writing() as connection:
        _forget(connection, source_id, urls)


def _forget(connection: Connection, source_id: str, urls: Sequence[str]) -> None:
    """Remove addresses from the bookmark of a source."""
    table = tables.address
    for part in chunks(urls):
        connection.execute(delete(table).where(table.c.source_id == source_id, table.c.url.in_(part)))
