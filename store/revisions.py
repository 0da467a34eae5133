"""Give the versions of an advisory back, and say what the newest one changed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from records import TLP, Advisory, Difference
from records.differences import differences
from store import tables
from store.archive import Archive
from store.rows import version_of

Change = tuple[tuple[Difference, ...], datetime]  # what a version changed, and when it was first seen


def revisions(archive: Archive, advisory_id: str) -> list[tuple[datetime, Advisory]]:
    """Return every version of an advisory with the instant at which it was first seen, oldest first.

    Kept is what the publisher said: a version's provenance names its source and address, no digest.
    """
    table = tables.advisory_revision
    query = select(table).where(table.c.advisory_id == advisory_id).order_by(table.c.seen_at)
    with archive.reading() as connection:
        return [(row["seen_at"], version_of(row)) for row in connection.execute(query).mappings()]


def last_changes(
    connection: Connection, advisories: Iterable[Advisory], *, audience: TLP
) -> dict[str, Change]:
    """Return, by id, what the newest version of these advisories changed in the one before, and since when.

    Those with a single version are left out, and those that only came back as they were. So are those
    whose former version was marked above the audience, or more strictly than the present one: what was
    taken out of it is not ours to show.
    """
    current = {one.id: one for one in advisories}
    found: dict[str, Change] = {}
    for row in connection.execute(_versions_before_the_newest()).mappings():
        after = current.get(row["advisory_id"])
        if after is None:
            continue
        before = version_of(row)
        if before.marking.tlp > min(audience, after.marking.tlp) or before.marking.pap > after.marking.pap:
            continue
        changes = differences(before, after)
        if changes:
            found[after.id] = (changes, row["newest_at"])
    return found


def _versions_before_the_newest() -> Select[Any]:
    """Ask for the last but one version of every advisory that has several, with when the newest came."""
    version = tables.advisory_revision
    newest = (
        select(version.c.advisory_id, func.max(version.c.seen_at).label("newest_at"))
        .group_by(version.c.advisory_id)
        .having(func.count() > 1)
        .subquery()
    )
    older = version.alias()
    last_but_one = (
        select(func.max(older.c.seen_at))
        .where(older.c.advisory_id == version.c.advisory_id, older.c.seen_at < newest.c.newest_at)
        .scalar_subquery()
    )
    return (
        select(version, newest.c.newest_at)
        .join(newest, newest.c.advisory_id == version.c.advisory_id)
        .where(version.c.seen_at == last_but_one)
    )
