"""The archive: the only package that speaks SQL about advisories and indicators.

Functions take an open `Archive` and records, and return records. Every failure of the database is a
`StoreError` whose transaction was rolled back.
"""

from store.archive import Archive, integrity, open_archive
from store.documents import kept_documents
from store.editions import counts, edition, listed_indicators, named_cves
from store.judging import assessments, background, save_assessments, unjudged
from store.runs import (
    due_sources,
    fetch_state,
    last_entry,
    last_runs,
    read_journal,
    record_run,
    rejected,
    statuses,
    write_journal,
)
from store.saving import Reading, save

__all__ = [
    "Archive",
    "Reading",
    "assessments",
    "background",
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
