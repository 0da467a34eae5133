"""The archive: the only package that speaks SQL about advisories and indicators.

Functions take an open `Archive` and records, and return records. Every failure of the database is a
`StoreError` whose transaction was rolled back.
"""

from store.archive import Archive, integrity, open_archive
from store.documents import GONE, forget_receptions, kept_documents
from store.editions import counts, edition, listed_indicators, named_cves, sightings
from store.journal import Entry, last_entries, read_journal, write_journal
from store.judging import (
    assessments,
    background,
    forget_assessments,
    save_assessments,
    unjudged,
)
from store.revisions import revisions
from store.runs import (
    changed_since,
    due_sources,
    fetch_state,
    last_read,
    last_run_id,
    last_runs,
    record_run,
    rejected,
    statuses,
)
from store.saving import Reading, forget_addresses, save
from store.withdrawals import withdrawal_reasons

__all__ = [
    "GONE",
    "Archive",
    "Entry",
    "Reading",
    "assessments",
    "background",
    "changed_since",
    "counts",
    "due_sources",
    "edition",
    "fetch_state",
    "forget_addresses",
    "forget_assessments",
    "forget_receptions",
    "integrity",
    "kept_documents",
    "last_entries",
    "last_read",
    "last_run_id",
    "last_runs",
    "listed_indicators",
    "named_cves",
    "open_archive",
    "read_journal",
    "record_run",
    "rejected",
    "revisions",
    "save",
    "save_assessments",
    "sightings",
    "statuses",
    "unjudged",
    "withdrawal_reasons",
    "write_journal",
]
