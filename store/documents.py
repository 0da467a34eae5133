"""Give kept documents back as they were received, for a replay without network; forget what none needs."""

import zlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, delete, func, select, union

from records import Document, Source
from store import tables
from store.archive import Archive

GONE = "application/x-vigie-gone"  # the media type of a document that says: no longer listed


def kept_documents(archive: Archive, source: Source, *, newest_only: bool = False) -> Iterator[Document]:
    """Yield the documents of a source in the order of their reception: all, or each address's newest.

    Where a listing had ceased to name an address, an empty document of media type `GONE` says so.
    """
    had, table = tables.reception, tables.document
    same = (table.c.source_id == had.c.source_id) & (table.c.digest == had.c.digest)
    query = (
        select(had, table.c.media_type, table.c.body)
        .outerjoin(table, same)
        .where(had.c.source_id == source.id)
        .order_by(had.c.received_at, had.c.url)
    )
    if newest_only:
        other = had.alias()
        newest = select(func.max(other.c.received_at)).where(
            other.c.source_id == source.id, other.c.url == had.c.url
        )
        query = query.where(had.c.received_at == newest.scalar_subquery())
    with archive.reading() as connection:
        for row in connection.execution_options(yield_per=100).execute(query):
            yield Document(
                source_id=row.source_id,
                url=row.url,
                received_at=row.received_at,
                media_type=row.media_type if row.digest else GONE,
                digest=row.digest or "",
                body=zlib.decompress(row.body) if row.digest else b"",
            )


def forget_receptions(archive: Archive, source: Source, *, but: int) -> int:
    """Forget all but the newest receptions (`but` of each address) of a source, and return how many.

    For sources that give the whole of a large reference every day. A document from which some record has
    its present content stays, however old: a replay ends where the archive is.
    """
    had = tables.reception
    rank = func.row_number().over(partition_by=had.c.url, order_by=had.c.received_at.desc())
    ranked = select(had, rank.label("rank")).where(had.c.source_id == source.id).subquery()
    old = select(ranked.c.url, ranked.c.received_at).where(
        ranked.c.rank > but, ranked.c.digest.not_in(_needed(source))
    )
    with archive.writing() as connection:
        rows = [(row.url, row.received_at) for row in connection.execute(old)]
        for url, received_at in rows:
            one = (had.c.source_id == source.id, had.c.url == url, had.c.received_at == received_at)
            connection.execute(delete(had).where(*one))
        if rows:
            connection.execute(delete(tables.document).where(*_received_no_more(source)))
    return len(rows)


def _needed(source: Source) -> CompoundSelect[Any]:
    """Ask for the digests of the documents to which standing records owe their present content."""
    return union(
        *(
            select(table.c.digest).where(table.c.source_id == source.id, table.c.withdrawn_at.is_(None))
            for table in tables.RECORD_TABLES
        )
    )


def _received_no_more(source: Source) -> tuple[ColumnElement[bool], ...]:
    """Say which documents of a source have no reception left."""
    had, table = tables.reception, tables.document
    received = select(had.c.digest).where(had.c.source_id == source.id, had.c.digest.is_not(None))
    return table.c.source_id == source.id, table.c.digest.not_in(received)
