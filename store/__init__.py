"""The archive: the only package that speaks SQL about advisories and indicators.

Functions take an open `Archive` and records, and return records. Every failure of the database is a
`StoreError` whose transaction was rolled back.
"""

from store.archive import Archive, integrity, open_archive
from store.documents import GONE, kept_documents
from store.editions import counts, edition, listed_indicators, named_cves
from store.judging import assessments, background, save_assessments, unjudged
from store.runs import (
    changed_since,
    due_sources,
    fetch_state,
    last_entry,
    last_runs,
    named_since,
    read_journal,
    record_run,
    rejected,
    statuses,
    write_journal,
)
from store.saving import Reading, save

__all__ = [
    "GONE",
    "Archive",
    "Reading",
    "assessments",
    "background",
    "changed_since",
    "counts",
    "due_sources",
    "edition",
    "fetch_state",
    "integrity",
    "kept_documents",
    "last_entry",
    "last_runs",
    "listed_indicators",
    "named_cves",
    "named_since",
    "open_archive",
    "read_journal",
    "record_run",
    "rejected",
    "save",
    "save_assessments",
    "statuses",
    "unjudged",
    "write_journal",
]
