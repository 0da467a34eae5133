"""Hand records to the rules of `enrichment`, and keep what they conclude."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import orjson
from sqlalchemy import and_, or_, select

from records import Advisory, Assessment, Background
from store import tables
from store.archive import Archive
from store.rows import advisory_of, assessment_of, assessment_row
from store.writing import chunks, upsert

# Labels by which a publisher names the health sector: `sector:…`, `misp-galaxy:sector="Health"`, …
HEALTH_LABEL = re.compile(r"se(?:ct(?:o|eu)r)\b.*(?:health|sant)", re.IGNORECASE)


def background(archive: Archive) -> Background:
    """Return what rules may know beside the record they judge.

    Only labels count: a text may say anything, its publisher's own labelling is a statement.
    """
    said, named = tables.advisory, tables.advisory_cve
    likely = or_(said.c.content.ilike("%sector%"), said.c.content.ilike("%secteur%"))
    with archive.reading() as connection:
        rows = connection.execute(
            select(said.c.id, said.c.content).where(said.c.withdrawn_at.is_(None), likely)
        )
        labelled = [row.id for row in rows if _is_health(orjson.loads(row.content)["labels"])]
        cves: set[str] = set()
        for part in chunks(labelled):
            cves.update(connection.scalars(select(named.c.cve).where(named.c.advisory_id.in_(part))))
    return Background(frozenset(cves))


def _is_health(labels: list[str]) -> bool:
    return any(HEALTH_LABEL.search(label) for label in labels)


def unjudged(archive: Archive, rules: Mapping[str, int]) -> list[tuple[Advisory, str]]:
    """Return the advisories that some rule has not judged in their present content and its present
    version, each with its content hash, oldest first.
    """
    said, made = tables.advisory, tables.assessment
    judged = [
        and_(made.c.rule == rule, made.c.version == version, made.c.subject_hash == said.c.content_hash)
        for rule, version in rules.items()
    ]
    with archive.reading() as connection:
        missing = [
            ~select(made.c.subject_id).where(made.c.subject_id == said.c.id, one).exists() for one in judged
        ]
        query = select(said).where(or_(*missing)).order_by(said.c.dated_at, said.c.id)
        return [(advisory_of(row), row["content_hash"]) for row in connection.execute(query).mappings()]


def save_assessments(archive: Archive, made: Iterable[tuple[Assessment, str]], *, now: datetime) -> int:
    """Keep conclusions, each with the content hash of what was judged; an older one of the same rule
    about the same record is replaced. Returns how many were kept.
    """
    rows = [assessment_row(one, content_hash, now) for one, content_hash in made]
    with archive.writing() as connection:
        for part in chunks(rows, 5_000):
            upsert(connection, tables.assessment, part)
    return len(rows)


def assessments(archive: Archive) -> dict[str, dict[str, Assessment]]:
    """Return all conclusions by record and rule; an analyst's stands in the place of the rule's."""
    found: dict[str, dict[str, Assessment]] = {}
    with archive.reading() as connection:
        # "health_relevance" sorts before "health_relevance/analyst", which therefore wins
        for row in connection.execute(
            select(tables.assessment).order_by(tables.assessment.c.rule)
        ).mappings():
            rule = row["rule"].removesuffix("/analyst")
            found.setdefault(row["subject_id"], {})[rule] = assessment_of(row)
    return found
