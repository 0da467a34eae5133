"""Give kept documents back as they were received, for a replay without network."""

import zlib
from collections.abc import Iterator

from sqlalchemy import func, select

from records import Document, Source
from store import tables
from store.archive import Archive


def kept_documents(archive: Archive, source: Source, *, newest_only: bool = False) -> Iterator[Document]:
    """Yield the documents of a source in the order of their reception: all, or each address's newest."""
    table = tables.document
    with archive.reading() as connection:
        query = select(table).where(table.c.source_id == source.id).order_by(table.c.received_at, table.c.id)
        if newest_only:
            newest = select(func.max(table.c.id)).where(table.c.source_id == source.id).group_by(table.c.url)
            query = query.where(table.c.id.in_(newest))
        for row in connection.execution_options(yield_per=100).execute(query):
            yield Document(
                source_id=row.source_id,
                url=row.url,
                received_at=row.received_at,
                media_type=row.media_type,
                digest=row.digest,
                body=zlib.decompress(row.body),
            )
