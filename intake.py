"""Take in what a source brought: read its documents, save their records, say how it went."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

import collectors
import store
from collectors.fetching import Outcome
from records import (
    AddressState,
    Changes,
    Document,
    Fetched,
    FetchError,
    LeftOut,
    NotModified,
    Record,
    Rejected,
    Run,
    RunStatus,
    Source,
    UnreadableError,
    Vulnerability,
)

KEPT_RECEPTIONS = 8  # of each address of a reference; what standing records owe to older ones stays too


def save_outcome(archive: store.Archive, source: Source, outcome: Outcome, *, now: datetime) -> Run:
    """Save what came of a source and return its run, which began at `now`; raises `StoreError`."""
    run = Run(source_id=source.id, started_at=now, ended_at=now, status=RunStatus.UNCHANGED)
    match outcome:
        case FetchError():
            return replace(run, status=RunStatus.FAILED, error=str(outcome))
        case NotModified(_, state, requests, size, not_modified):
            store.save(archive, source.id, (), state, now=now)
            return replace(run, requests=requests, size=size, not_modified=not_modified)
        case Fetched():
            return _save_fetched(archive, source, outcome, run, now)


def replay(archive: store.Archive, source: Source) -> Changes:
    """Read the kept documents of a source again, in the order of their reception, without network."""
    changes = Changes()
    documents = store.kept_documents(archive, source)
    for received_at, together in groupby(documents, key=lambda one: one.received_at):
        documents_then = list(together)
        gone = [one.url for one in documents_then if one.media_type == store.GONE]
        readings = (_read(archive, source, one)[0] for one in documents_then if one.media_type != store.GONE)
        changes += store.save(archive, source.id, readings, None, gone=gone, now=received_at)
    return changes


def refresh(archive: store.Archive, source: Source, *, now: datetime) -> Changes:
    """Read the newest kept documents of a source again, for CVEs that are named since."""
    documents = store.kept_documents(archive, source, newest_only=True)
    readings = [_read(archive, source, document)[0] for document in documents]
    return store.save(archive, source.id, readings, None, now=now)


def _save_fetched(archive: store.Archive, source: Source, fetched: Fetched, run: Run, now: datetime) -> Run:
    tally = Tally()

    def readings() -> Iterator[store.Reading]:
        for document in fetched.documents:
            reading, counts = _read(archive, source, document)
            tally.add(counts, reading, fetched.state.addresses.get(document.url))
            yield reading

    changes = store.save(archive, source.id, readings(), fetched.state, gone=fetched.gone, now=now)
    if source.kind in collectors.FOR_NAMED_CVES:  # the whole of a large reference, every day
        store.forget_receptions(archive, source, but=KEPT_RECEPTIONS)
    status, error = _verdict(source, fetched, changes, tally)
    if status is RunStatus.EMPTY:  # to be judged again: the same emptiness next time is no recovery
        store.forget_addresses(archive, source.id, [document.url for document in fetched.documents])
    return replace(
        run,
        status=status,
        changes=changes,
        documents=len(fetched.documents),
        requests=fetched.requests,
        size=fetched.size,
        not_modified=fetched.not_modified,
        found=tally.found,
        left_out=dict(tally.left_out),
        error=error,
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """What one document holds: items, addresses it leads to, and what is left out by sort."""

    items: int = 0
    leads: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """The counts of a whole run as it is read: see `records.Run` for `found` and `left_out`."""

    held: int = 0
    found: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    def add(self, counts: Counts, reading: store.Reading, known: AddressState | None) -> None:
        """Count one document in; `known` is its bookmark."""
        self.held += counts.items + counts.leads
        self.left_out.update(counts.left_out)
        if counts.leads or known is None or known.listed_by is None:
            self.found += counts.leads or counts.items
        refused = next(iter(reading.items), None)
        if not reading.readable and isinstance(refused, Rejected):
            self.unreadable.append(f"{refused.url}: {refused.reason}")


def _verdict(source: Source, fetched: Fetched, changes: Changes, tally: Tally) -> tuple[RunStatus, str]:
    """Say how a run went, and in one line what went wrong with it."""
    problems = [f"{failure.url}: {failure.reason}" for failure in fetched.failures]
    unreadable = tally.unreadable
    begun = fetched.state.cursor is not None  # then silence means that nothing has come since
    status = RunStatus.OK if changes.any else RunStatus.UNCHANGED
    if fetched.documents and len(unreadable) == len(fetched.documents) and not fetched.not_modified:
        status = RunStatus.FAILED
    elif problems or unreadable or changes.rejected:
        status = RunStatus.PARTIAL
    elif fetched.documents and not tally.held and not begun:
        status, problems = RunStatus.EMPTY, ["the source answered, and there was nothing in it"]
    if changes.rejected > len(unreadable):
        problems.append(f"items rejected: {changes.rejected - len(unreadable)}")
    return status, "; ".join((unreadable + problems)[:3])


def _read(archive: store.Archive, source: Source, document: Document) -> tuple[store.Reading, Counts]:
    """Return what a document says and how much there was in it.

    Of a kind that is only kept for named CVEs, the rest is counted and let go while reading: a day's
    scores are a quarter of a million.
    """
    kind = collectors.kind(source.kind)
    named = store.named_cves(archive) if source.kind in collectors.FOR_NAMED_CVES else None
    kept: list[Record | Rejected] = []
    left_out: Counter[str] = Counter()
    seen = 0
    try:
        for item in kind.normalise(source, document):
            if isinstance(item, LeftOut):
                left_out[item.what] += item.count
                continue
            seen += 1
            if named is None or not isinstance(item, Vulnerability) or item.cve in named:
                kept.append(item)
        leads = 0 if seen else len(kind.follow(source, document))
    except UnreadableError as error:
        refused = Rejected(source.id, document.url, "", str(error))
        return store.Reading(document, (refused,), complete=False, readable=False), Counts()
    counts = Counts(seen + sum(left_out.values()), leads, left_out)
    return store.Reading(document, kept, kind.COMPLETE), counts
