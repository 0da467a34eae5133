"""Freeze what one publication shows, for one audience, at one instant."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, func, or_, select

from records import (
    PAP,
    TLP,
    Advisory,
    Assessment,
    Edition,
    ListedIndicator,
    Observable,
    ObservableType,
    Sighting,
    Source,
    Story,
    Vulnerability,
)
from store import tables
from store.archive import Archive
from store.judging import assessments
from store.revisions import Change, last_changes
from store.rows import advisory_of, indicator_of, marking_of, sighting_of, vulnerability_of
from store.runs import statuses


def edition(archive: Archive, sources: Iterable[Source], *, now: datetime, audience: TLP) -> Edition:
    """Return all that readers cleared for `audience` may see at `now`.

    Advisories and vulnerabilities above the audience are left out, as are those of sources that are
    themselves above it or have no file any more. Withdrawn advisories stay, marked as such.
    """
    all_sources = list(sources)
    known = {source.id: source for source in all_sources if source.tlp <= audience}
    judged = assessments(archive)
    with archive.reading() as connection:
        seen = [pair for pair in _advisories(connection, audience) if pair[0].source_id in known]
        advisories = [one for one, _ in seen]
        vulnerabilities = _vulnerabilities(connection, audience, frozenset(known))
        changes = last_changes(connection, advisories, audience=audience)
        listed = tuple(_listed(connection, now, audience, frozenset(known)))
    named = {cve for one in advisories for cve in one.cves}
    return Edition(
        made_at=now,
        audience=audience,
        stories=tuple(
            _story(one, known[one.source_id], judged.get(one.id, {}), changes.get(one.id), seen_at)
            for one, seen_at in seen
        ),
        vulnerabilities={cve: said for cve, said in vulnerabilities.items() if cve in named},
        indicators=listed,
        sources=tuple(statuses(archive, all_sources, now=now)),
    )


def _story(
    one: Advisory, source: Source, judged: Mapping[str, Assessment], change: Change | None, seen_at: datetime
) -> Story:
    """Return an advisory with what is concluded of it and what its newest version changed."""
    differences, changed_at = change or ((), None)
    return Story(one, source, judged, differences, changed_at, seen_at)


def listed_indicators(
    archive: Archive, sources: Iterable[Source], *, now: datetime, audience: TLP
) -> Iterator[ListedIndicator]:
    """Yield the observables that may be acted on at `now`, sorted by type and value.

    Left out are statements above the audience, with PAP RED (AMBER may be looked for, not blocked: the
    formats that block leave it out), revoked or withdrawn, given for context only, not yet or no longer valid
    (`valid_from` ≤ `now` < `valid_until`), or of a source that is above the audience or has no file any
    more. What remains is merged by observable.
    """
    with archive.reading() as connection:
        known = frozenset(source.id for source in sources if source.tlp <= audience)
        yield from _listed(connection, now, audience, known)


def sightings(
    archive: Archive, sources: Iterable[Source], *, audience: TLP
) -> dict[Observable, tuple[Sighting, ...]]:
    """Return the standing sightings of each observable, whatever became of the statement they were made on.

    Those above the audience, or of a source that is, are left out; but a false-positive report counts
    whoever made it: it only takes a value off the lists, and is itself shown nowhere.
    """
    seen, stated = tables.sighting, tables.indicator
    known = {source.id: source.tlp for source in sources}
    query = select(seen, stated.c.type, stated.c.value.label("said")).join(
        stated, stated.c.id == seen.c.indicator_id
    )
    query = query.where(seen.c.withdrawn_at.is_(None)).order_by(stated.c.type, stated.c.value, seen.c.id)
    found: dict[Observable, list[Sighting]] = {}
    with archive.reading() as connection:
        for row in connection.execute(query).mappings():
            told = row["source_id"] in known and max(row["tlp"], known[row["source_id"]]) <= audience
            if told or (row["false_positive"] and row["source_id"] in known):
                observable = Observable(ObservableType(row["type"]), row["said"])
                found.setdefault(observable, []).append(sighting_of(row))
    return {observable: tuple(said) for observable, said in found.items()}


def named_cves(archive: Archive) -> frozenset[str]:
    """Return the CVEs that some advisory of the archive names."""
    with archive.reading() as connection:
        return frozenset(connection.scalars(select(tables.advisory_cve.c.cve).distinct()))


def counts(archive: Archive) -> dict[str, int]:
    """Return how many rows the archive holds, by table of records, documents and rejected items."""
    held = (*tables.RECORD_TABLES, tables.document, tables.rejected, tables.assessment)
    with archive.reading() as connection:
        return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in held}


def _advisories(connection: Connection, audience: TLP) -> list[tuple[Advisory, datetime]]:
    """Return the advisories for an audience, newest first, each with when it was first seen."""
    table = tables.advisory
    query = select(table).where(table.c.tlp <= int(audience)).order_by(table.c.dated_at.desc(), table.c.id)
    return [(advisory_of(row), row["first_seen_at"]) for row in connection.execute(query).mappings()]


def _vulnerabilities(
    connection: Connection, audience: TLP, sources: frozenset[str]
) -> dict[str, tuple[Vulnerability, ...]]:
    table, named = tables.vulnerability, tables.advisory_cve
    query = (
        select(table)
        .where(
            table.c.tlp <= int(audience),
            table.c.withdrawn_at.is_(None),
            table.c.cve.in_(select(named.c.cve)),
        )
        .order_by(table.c.cve, table.c.source_id, table.c.id)
    )
    rows = (row for row in connection.execute(query).mappings() if row["source_id"] in sources)
    grouped = groupby((vulnerability_of(row) for row in rows), key=lambda one: one.cve)
    return {cve: tuple(said) for cve, said in grouped}


def _listed(
    connection: Connection, now: datetime, audience: TLP, sources: frozenset[str]
) -> Iterator[ListedIndicator]:
    table = tables.indicator
    query = (
        select(table)
        .where(
            table.c.tlp <= int(audience),
            table.c.pap <= int(PAP.AMBER),
            table.c.actionable,
            ~table.c.revoked,
            table.c.withdrawn_at.is_(None),
            or_(table.c.valid_from.is_(None), table.c.valid_from <= now),
            or_(table.c.valid_until.is_(None), table.c.valid_until > now),
        )
        .order_by(table.c.type, table.c.value, table.c.source_id, table.c.id)
    )
    rows = connection.execution_options(yield_per=5_000).execute(query).mappings()
    kept = (row for row in rows if row["source_id"] in sources)
    for (kind, value), said in groupby(kept, key=lambda row: (row["type"], row["value"])):
        yield _merged(Observable(ObservableType(kind), value), list(said))


def _merged(observable: Observable, said: list[RowMapping]) -> ListedIndicator:
    """Merge the statements of several sources about one observable."""
    labels = (label for row in said for label in orjson.loads(row["labels"]))
    return ListedIndicator(
        observable=observable,
        marking=max(marking_of(row) for row in said),
        confidence=max(row["confidence"] for row in said),
        sources=tuple(dict.fromkeys(row["source_id"] for row in said)),
        labels=tuple(sorted(set(labels))),
        valid_from=_first(row["valid_from"] for row in said),
        valid_until=_last_end(row["valid_until"] for row in said),
        first_seen_at=_first(row["seen_first_at"] for row in said),
        last_seen_at=max((row["seen_last_at"] for row in said if row["seen_last_at"]), default=None),
        changed_at=max(row["changed_at"] for row in said),
        statements=tuple(map(indicator_of, said)),
    )


def _first(instants: Iterable[Any]) -> datetime | None:
    return min((one for one in instants if one), default=None)


def _last_end(ends: Iterable[Any]) -> datetime | None:
    """Return the latest end; one unknown end makes the whole unknown."""
    known = list(ends)
    return None if None in known else max(known)
