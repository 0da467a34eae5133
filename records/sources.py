"""What we read, how far we got, and what came of it: sources, documents, runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from records.markings import TLP

OptionValue = str | int | float | bool | list[str] | dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place we read, described by one TOML file; `id` is the file's name without `.toml`.

    `language` is an ISO 639-1 code, `interval_minutes` the pause between two runs (≥ 1),
    `expected_days` the longest silence that is normal, `confidence` (0–100, as in STIX 2.1) what a
    statement of this source is worth before any assessment, `tlp` the least marking of everything
    read here. Sources of one `group` are not independent voices. `options` are the kind's own.
    """

    id: str
    name: str
    kind: str
    url: str
    homepage: str = ""
    language: str = "en"
    licence: str = ""
    tlp: TLP = TLP.CLEAR
    confidence: int = 50
    interval_minutes: int = 60
    expected_days: int = 30
    group: str = ""
    enabled: bool = True
    max_megabytes: int = 32
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """An address to read. `marker` is what a listing says of its version, `None` where none does.

    A request whose marker is the one kept from the last reading is not sent. `body` is a search in
    JSON, sent by POST and safe to repeat. Of an address that is asked only `once` (a page of a search)
    no bookmark is kept; one that is `optional` may not exist yet (404), which is no failure. A
    fragment is part of the name and never sent: it tells two searches apart.

    `seals` are the addresses of what vouches for the document (a hash, a signature), read before it is
    kept; `keys` are those of the signers' public keys, handed down to all that the document leads to.
    """

    url: str
    marker: str | None = None
    accept: str = "*/*"
    body: str | None = None
    once: bool = False
    optional: bool = False
    seals: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressState:
    """What the last good answer of one address said: validators (RFC 9110 § 8.8), the marker that its
    listing gave it, and the address of that listing; `None` where there is none.
    """

    etag: str | None = None
    last_modified: str | None = None
    marker: str | None = None
    digest: str | None = None
    listed_by: str | None = None


@dataclass(frozen=True, slots=True)
class FetchState:
    """The bookmark of one source: its addresses, the instant before which it asks for peace, and how
    far an incremental kind has got (`cursor`, in the kind's own words; `None` at the beginning).
    """

    addresses: Mapping[str, AddressState] = field(default_factory=dict)
    not_before_at: datetime | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """What a run begins from: its instant, the bookmark of its source, and for a kind that is only read
    for CVEs that advisories name (`collectors.FOR_NAMED_CVES`) those, the newest first.
    """

    now: datetime
    state: FetchState = FetchState()
    cves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes as received from `url`; `digest` is their SHA-256 in lower-case hexadecimal."""

    source_id: str
    url: str
    received_at: datetime
    media_type: str
    digest: str
    body: bytes


@dataclass(frozen=True, slots=True)
class FailedAddress:
    """One address of a source that could not be read, and why; the others were."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one run of a source brought, and the bookmark to keep with it.

    `gone` are addresses that their listing no longer names. `requests` counts those sent, `size` the
    bytes received, `not_modified` the answers that brought nothing new.
    """

    source_id: str
    documents: tuple[Document, ...]
    state: FetchState
    failures: tuple[FailedAddress, ...] = ()
    gone: tuple[str, ...] = ()
    requests: int = 0
    size: int = 0
    not_modified: int = 0


@dataclass(frozen=True, slots=True)
class NotModified:
    """The source answered and had nothing new; its bookmark is kept all the same."""

    source_id: str
    state: FetchState
    requests: int = 0
    size: int = 0
    not_modified: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that could not be read, with the reason in one sentence; its neighbours were kept."""

    source_id: str
    url: str
    native_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Things of one sort (`what`, such as `attack-pattern`) that a document holds and Vigie does not keep."""

    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What saving did, in records."""

    new: int = 0
    modified: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    rejected: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            self.new + other.new,
            self.modified + other.modified,
            self.unchanged + other.unchanged,
            self.withdrawn + other.withdrawn,
            self.rejected + other.rejected,
        )

    @property
    def any(self) -> bool:
        """Whether a reader could notice."""
        return bool(self.new or self.modified or self.withdrawn)


class RunStatus(StrEnum):
    """How a run of a source ended."""

    OK = "ok"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"  # some addresses or items could not be read, the others were kept
    EMPTY = "empty"  # the source answered, and nothing in the answer could be read
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt at one source: always recorded, whatever happened.

    `found` counts what the source offered: the items of the documents it was asked for directly and
    the addresses of its listings; 0 where nothing was read anew. `left_out` counts what was read and
    is not kept, by sort.
    """

    source_id: str
    started_at: datetime
    ended_at: datetime
    status: RunStatus
    changes: Changes = Changes()
    documents: int = 0
    requests: int = 0
    size: int = 0
    not_modified: int = 0
    found: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as its readers should judge it today.

    `since_at` is when the state began, `last_new_at` when it last brought something new, `held` the
    records kept from it. `state` is one of ok, empty, stale, shrinking, failing, paused, never.
    """

    source: Source
    state: str
    since_at: datetime | None
    last_run_at: datetime | None
    last_new_at: datetime | None
    held: int
    error: str = ""
