"""Make the edition of an instant: what the archive may show, its indicators weighed by our rules."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import store
from enrichment.listing import weighed
from records import TLP, Edition, ListedIndicator, Source


def edition_at(archive: store.Archive, sources: Sequence[Source], *, now: datetime, audience: TLP) -> Edition:
    """Return the edition of an instant for an audience; raises `StoreError`."""
    edition = store.edition(archive, sources, now=now, audience=audience)
    listed = listed_at(archive, sources, edition.indicators, now=now, audience=audience)
    return replace(edition, indicators=tuple(listed))


def listed_at(
    archive: store.Archive,
    sources: Sequence[Source],
    rows: Iterable[ListedIndicator],
    *,
    now: datetime,
    audience: TLP,
) -> Iterator[ListedIndicator]:
    """Yield what may be listed at an instant of these rows of the archive, weighed."""
    return weighed(
        rows,
        {source.id: source for source in sources},
        store.sightings(archive, sources, audience=audience),
        store.last_read(archive, now=now),
        now=now,
    )
