"""Hand records to the rules of `enrichment`, and keep what they conclude."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from itertools import groupby

import orjson
from sqlalchemy import Connection, delete, or_, select

from records import TLP, Advisory, Assessment, Background, Source
from store import tables
from store.archive import Archive
from store.rows import advisory_of, assessment_of, assessment_row, vulnerability_of
from store.writing import chunks, upsert

# Labels by which a publisher names the health sector: `sector:…`, `misp-galaxy:sector="Health"`, …
HEALTH_LABEL = re.compile(r"se(?:ct(?:o|eu)r)\b.*(?:health|sant)", re.IGNORECASE)


def background(archive: Archive, sources: Iterable[Source], *, now: datetime, audience: TLP) -> Background:
    """Return what rules may know beside the record they judge at `now`.

    Of labels, only a publisher's own count: a text may say anything. Of vulnerabilities, what each
    source says of the CVEs that advisories name. Nothing above the audience is known to a rule, nor what
    a source says that is above it or has no file any more: the reasons of a published conclusion would
    tell it.
    """
    shown = frozenset(source.id for source in sources if source.tlp <= audience)
    said, named = tables.advisory, tables.advisory_cve
    likely = or_(said.c.content.ilike("%sector%"), said.c.content.ilike("%secteur%"))
    with archive.reading() as connection:
        rows = connection.execute(
            select(said.c.id, said.c.source_id, said.c.content).where(
                said.c.withdrawn_at.is_(None), said.c.tlp <= int(audience), likely
            )
        )
        told = (row for row in rows if row.source_id in shown)
        labelled = [row.id for row in told if _is_health(orjson.loads(row.content)["labels"])]
        cves: set[str] = set()
        for part in chunks(labelled):
            cves.update(connection.scalars(select(named.c.cve).where(named.c.advisory_id.in_(part))))
        weak = tables.vulnerability
        standing = weak.c.withdrawn_at.is_(None) & (weak.c.tlp <= int(audience))
        query = select(weak).where(standing, weak.c.cve.in_(select(named.c.cve)))
        rows_of = connection.execute(query.order_by(weak.c.cve, weak.c.source_id, weak.c.id)).mappings()
        kept = (vulnerability_of(row) for row in rows_of if row["source_id"] in shown)
        grouped = groupby(kept, key=lambda one: one.cve)
        known = {cve: tuple(said_of) for cve, said_of in grouped}
    return Background(frozenset(cves), known, now.date(), audience=audience, sources=shown)


def _is_health(labels: list[str]) -> bool:
    return any(HEALTH_LABEL.search(label) for label in labels)


def unjudged(archive: Archive, rules: Mapping[str, int], known: Background) -> list[tuple[Advisory, str]]:
    """Return the advisories that some rule has not judged on their present basis and in its present
    version, each with that basis, oldest first.

    The basis of a judgement is a hash of all that a rule may look at: the advisory's content, what is
    known of its CVEs, which of them a health notice shares, the threshold, and the month (scores grow old).
    """
    said, made = tables.advisory, tables.assessment
    with archive.reading() as connection:
        bases = _bases(connection, known)
        judged: dict[str, set[tuple[str, int, str]]] = defaultdict(set)
        wanted = select(made.c.subject_id, made.c.rule, made.c.version, made.c.subject_hash)
        for subject_id, *judgement in connection.execute(wanted.where(made.c.rule.in_(list(rules)))):
            judged[subject_id].add((judgement[0], judgement[1], judgement[2]))
        missing = [
            name
            for name, basis in bases.items()
            if any((rule, version, basis) not in judged[name] for rule, version in rules.items())
        ]
        found: list[tuple[Advisory, str]] = []
        for part in chunks(missing):
            query = select(said).where(said.c.id.in_(part))
            found += [(advisory_of(row), bases[row["id"]]) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda pair: (pair[0].provenance.received_at, pair[0].id))


def _bases(connection: Connection, known: Background) -> dict[str, str]:
    """Return the basis of every advisory's judgement, by its id."""
    said, named, weak = tables.advisory, tables.advisory_cve, tables.vulnerability
    month = f"{known.now_on:%Y-%m}" if known.now_on else ""
    given = [month, str(known.health_from), known.audience.label]
    parts: dict[str, list[str]] = {
        name: [content_hash, *given]
        for name, content_hash in connection.execute(select(said.c.id, said.c.content_hash))
    }
    shared = select(named.c.advisory_id, named.c.cve).order_by(named.c.advisory_id, named.c.cve)
    for name, cve in connection.execute(shared):
        if cve in known.health_cves:
            parts[name].append(cve)
    told = select(named.c.advisory_id, weak.c.source_id, weak.c.content_hash)
    told = told.join(weak, weak.c.cve == named.c.cve).order_by(named.c.advisory_id, weak.c.id)
    standing = weak.c.withdrawn_at.is_(None) & (weak.c.tlp <= int(known.audience))
    for name, source_id, content_hash in connection.execute(told.where(standing)):
        if known.sources is None or source_id in known.sources:
            parts[name].append(content_hash)
    return {name: blake2b(" ".join(one).encode(), digest_size=16).hexdigest() for name, one in parts.items()}


def save_assessments(archive: Archive, made: Iterable[tuple[Assessment, str]], *, now: datetime) -> int:
    """Keep conclusions, each with the basis on which it was made (see `unjudged`); an older one of the
    same rule about the same record is replaced. Returns how many were kept.
    """
    rows = [assessment_row(one, basis, now) for one, basis in made]
    with archive.writing() as connection:
        for part in chunks(rows, 5_000):
            upsert(connection, tables.assessment, part)
    return len(rows)


def forget_assessments(archive: Archive, subjects: Iterable[str]) -> None:
    """Remove what rules concluded about records of which they can conclude nothing now; analysts' words stay."""
    made = tables.assessment
    with archive.writing() as connection:
        for part in chunks(subjects):
            ours = made.c.subject_id.in_(part) & ~made.c.rule.endswith("/analyst")
            connection.execute(delete(made).where(ours))


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
