"""Values that can be seen, and the context in which they may be acted on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.advisories import Provenance
from records.markings import Marking


class ObservableType(StrEnum):
    """The sorts of values we exchange, by their STIX 2.1 names where there is one."""

    IPV4 = "ipv4-addr"
    IPV6 = "ipv6-addr"
    IPV4_NET = "ipv4-net"
    IPV6_NET = "ipv6-net"
    DOMAIN = "domain-name"
    URL = "url"
    EMAIL = "email-addr"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"


@dataclass(frozen=True, slots=True, order=True)
class Observable:
    """A value in its one canonical, refanged form (see `records.observables`)."""

    type: ObservableType
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One source's statement that an observable points at malice, with its context.

    `[valid_from, valid_until)` is when it may be acted on; an unknown end is `None`. `confidence` is
    0–100. `actionable` is false where the publisher gives the value for context only (MISP `to_ids`).
    `revoked` means its publisher took it back. `native_id` is the publisher's identifier.
    """

    id: str
    source_id: str
    native_id: str
    observable: Observable
    marking: Marking
    provenance: Provenance
    confidence: int = 50
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    actionable: bool = True
    revoked: bool = False
    description: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A statement that an indicator was seen `count` times (≥ 1) between two instants."""

    id: str
    source_id: str
    native_id: str
    indicator_id: str
    provenance: Provenance
    marking: Marking
    count: int = 1
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    false_positive: bool = False
