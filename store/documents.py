"""Give kept documents back as they were received, for a replay without network."""

import zlib
from collections.abc import Iterator

from sqlalchemy import func, select

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
