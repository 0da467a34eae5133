"""The project's vocabulary: frozen, fully typed values. No input or output; imports nothing of ours."""

from records.addresses import is_public
from records.advisories import (
    Advisory,
    AffectedProduct,
    Category,
    CvssScore,
    Epss,
    KnownExploited,
    Provenance,
    Reference,
    Revision,
    Vulnerability,
)
from records.assessments import Assessment, Background, Decision, Evidence, Level, Reason, Tier
from records.differences import Difference
from records.editions import Edition, ListedIndicator, Story
from records.entries import Entry, Withdrawal, WithdrawalReason
from records.errors import (
    ArchiveBusyError,
    FetchError,
    PublishError,
    SettingsError,
    StoreError,
    UnreadableError,
    VigieError,
)
from records.identity import record_id
from records.indicators import Indicator, Observable, ObservableType, Sighting
from records.markings import PAP, TLP, Marking, parse_pap, parse_tags, parse_tlp
from records.observables import defang, observable
from records.sources import (
    AddressState,
    Changes,
    Document,
    FailedAddress,
    Fetched,
    FetchState,
    LeftOut,
    NotModified,
    Rejected,
    Request,
    Run,
    RunStatus,
    Source,
    SourceStatus,
    Start,
)

Record = Advisory | Vulnerability | Indicator | Sighting
Finding = Record | Rejected | LeftOut  # what a kind makes of a document

__all__ = [
    "PAP",
    "TLP",
    "AddressState",
    "Advisory",
    "AffectedProduct",
    "ArchiveBusyError",
    "Assessment",
    "Background",
    "Category",
    "Changes",
    "CvssScore",
    "Decision",
    "Difference",
    "Document",
    "Edition",
    "Entry",
    "Epss",
    "Evidence",
    "FailedAddress",
    "FetchError",
    "FetchState",
    "Fetched",
    "Finding",
    "Indicator",
    "KnownExploited",
    "LeftOut",
    "Level",
    "ListedIndicator",
    "Marking",
    "NotModified",
    "Observable",
    "ObservableType",
    "Provenance",
    "PublishError",
    "Reason",
    "Record",
    "Reference",
    "Rejected",
    "Request",
    "Revision",
    "Run",
    "RunStatus",
    "SettingsError",
    "Sighting",
    "Source",
    "SourceStatus",
    "Start",
    "StoreError",
    "Story",
    "Tier",
    "UnreadableError",
    "VigieError",
    "Vulnerability",
    "Withdrawal",
    "WithdrawalReason",
    "defang",
    "is_public",
    "observable",
    "parse_pap",
    "parse_tags",
    "parse_tlp",
    "record_id",
]
