"""Gather what the crawl of one source brings, and say what came of it when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from collectors import Incremental, Kind
from collectors.fetching.door import Answer
from records import AddressState, Document, FailedAddress, Fetched, FetchState, Source


@dataclass(slots=True)
class Crawl:
    """The run of one source as it goes on: what is kept, what failed, and the bookmark to be.

    `named` is what each listing read today names; `documents` have no bodies, which lie in the job's
    folder under their digests.
    """

    source: Source
    kind: Kind
    before: FetchState
    documents: list[Document] = field(default_factory=list)
    failures: list[FailedAddress] = field(default_factory=list)
    state: dict[str, AddressState] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    not_before_at: datetime | None = None
    cursor: str | None = None
    requests: int = 0
    size: int = 0
    not_modified: int = 0

    @property
    def known(self) -> Mapping[str, AddressState]:
        """The bookmark of the last run, by address."""
        return self.before.addresses

    def fail(self, url: str, reason: str) -> None:
        """Take note of an address that could not be read."""
        self.failures.append(FailedAddress(url.replace("\x00", ""), reason.replace("\x00", "")))

    def wait_until(self, until: datetime | None) -> None:
        """Take note of an instant before which the source asks for peace; the latest counts."""
        if until is not None:
            self.not_before_at = max(until, self.not_before_at or until)

    def unchanged(self, document: Document) -> bool:
        """Whether an address holds the same bytes as when it was last read."""
        before = self.known.get(document.url)
        return before is not None and before.digest == document.digest

    def keep(self, document: Document, folder: Path) -> None:
        """Keep a document, and leave its body in the job's folder under its digest; raises `OSError`.

        Two sources may hold the same bytes, and the first is read back while the second arrives: a
        file is there whole, or not at all.
        """
        if not (folder / document.digest).exists():
            half = folder / f"{document.digest}.half"
            half.write_bytes(document.body)
            half.rename(folder / document.digest)
        self.documents.append(replace(document, body=b""))

    def advance(self, document: Document) -> None:
        """Move the cursor of an incremental kind on."""
        found = self.kind.cursor(self.source, document) if isinstance(self.kind, Incremental) else None
        if found is not None:
            self.cursor = max(found, self.cursor or found)

    def forget(self, url: str) -> None:
        """Take an address for unread."""
        self.state.pop(url, None)
        self.documents = [one for one in self.documents if one.url != url]

    def answer(self) -> Answer:
        """Return what came of the source.

        After a failure the cursor stays where it was, and the listings are asked in full next time.
        """
        gone = self._gone() if self.kind.LISTS_ALL else ()
        nothing = self.failures and not self.state and not self.documents and not self.not_modified
        if self.failures:
            self._forget_listings()
        cursor = self.before.cursor if self.failures or self.cursor is None else self.cursor
        fetched = Fetched(
            source_id=self.source.id,
            documents=tuple(self.documents),
            state=FetchState(self.state, self.not_before_at, cursor),
            failures=tuple(self.failures),
            gone=gone,
            requests=self.requests,
            size=self.size,
            not_modified=self.not_modified,
        )
        return Answer(fetched, self._summary() if nothing else "")

    def _gone(self) -> tuple[str, ...]:
        """Return the known addresses that none of the source's listings names any more.

        Where a listing was not read today (it failed, or had nothing new), it may still name them: then
        none is gone yet, and all listings are asked in full next time.
        """
        named = set().union(*self.named.values())
        gone = [url for url, one in self.known.items() if one.listed_by in self.named and url not in named]
        listings = {one.listed_by for one in self.known.values() if one.listed_by}
        unread = (listings & self.known.keys()) - self.named.keys() - set(gone)
        if gone and unread:
            self._forget_listings()
            return ()
        return tuple(sorted(gone))

    def _forget_listings(self) -> None:
        """Ask the listings in full next time: a 304 would hide the items that failed today."""
        known = {url: one for url, one in self.known.items() if one.marker is None}
        for url, one in (known | self.state).items():
            if one.marker is None:
                self.state[url] = replace(one, etag=None, last_modified=None)

    def _summary(self) -> str:
        first = self.failures[0]
        more = f" (and {len(self.failures) - 1} more)" if len(self.failures) > 1 else ""
        return f"{first.url}: {first.reason}{more}"
