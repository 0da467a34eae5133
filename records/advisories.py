"""Published notices and the vulnerabilities they name."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from records.markings import Marking


class Category(StrEnum):
    """What sort of notice an advisory is."""

    ALERT = "alert"
    ADVISORY = "advisory"
    NEWS = "news"
    BULLETIN = "bulletin"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who said it and where: source, address, SHA-256 of the document, instant of reading."""

    source_id: str
    url: str
    digest: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of a notice's history, in its publisher's words."""

    at: datetime
    description: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link of a notice; `url` is http or https, never anything else."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class AffectedProduct:
    """A product as its publisher names it. `status` is CSAF's (2.0 § 3.2.3.9), such as
    `known_affected`, or empty where the publisher only lists it; `branch` is the path in the CSAF
    product tree it was derived from, vendor first, empty elsewhere.
    """

    name: str
    vendor: str = ""
    versions: str = ""
    status: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """A published notice after normalisation.

    `native_id` is its publisher's own identifier and never depends on mutable text. `title` and
    `summary` are plain text (no markup, `\\n\\n` between paragraphs), `body` the whole notice in clean
    Markdown (see `collectors.reading.markup`), empty where the summary is all there is. `cves` are upper case, in the
    publisher's order. `labels` are sector labels and tags as published. `published_at` or
    `updated_at` is `None` where the publisher gives none. `withdrawn_at` is set when its publisher
    took it back.
    """

    id: str
    source_id: str
    native_id: str
    category: Category
    title: str
    url: str
    language: str
    marking: Marking
    provenance: Provenance
    summary: str = ""
    body: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    revisions: tuple[Revision, ...] = ()
    affected: tuple[AffectedProduct, ...] = ()
    cves: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    remediations: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    labels: tuple[str, ...] = ()
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CvssScore:
    """A CVSS vector with its version (`2.0` to `4.0`) and issuer: the number alone is never kept."""

    vector: str
    version: str
    issuer: str


@dataclass(frozen=True, slots=True)
class KnownExploited:
    """A listing in a catalogue of exploited vulnerabilities."""

    catalogue: str
    added_on: date
    ransomware: bool = False
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Epss:
    """FIRST's exploit prediction: probability and percentile, both 0–1, with the model's date."""

    probability: float
    percentile: float
    model_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """What one source says of one CVE; sources are never merged into each other's words.

    `id` is UUIDv5 of source, notice (where the source has several that name the CVE) and CVE; `cwes` are `CWE-n`; `name` and `description` are plain text.
    """

    id: str
    source_id: str
    cve: str
    provenance: Provenance
    marking: Marking
    name: str = ""
    description: str = ""
    scores: tuple[CvssScore, ...] = ()
    cwes: tuple[str, ...] = ()
    known_exploited: KnownExploited | None = None
    epss: Epss | None = None
