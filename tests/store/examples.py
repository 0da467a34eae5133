"""Small records to build archives from."""

from datetime import datetime
from hashlib import sha256

from records import (
    PAP,
    TLP,
    Advisory,
    AffectedProduct,
    Category,
    Changes,
    CvssScore,
    Document,
    Indicator,
    KnownExploited,
    Marking,
    Observable,
    ObservableType,
    Provenance,
    Revision,
    Run,
    RunStatus,
    Sighting,
    Source,
    Vulnerability,
    record_id,
)

URL = "https://source.example/document.json"


def source(name: str = "example", **changes: object) -> Source:
    fields: dict[str, object] = {"id": name, "name": name, "kind": "rss", "url": URL} | changes
    return Source(**fields)  # type: ignore[arg-type]


def document(now: datetime, body: bytes = b"{}", url: str = URL, source_id: str = "example") -> Document:
    return Document(source_id, url, now, "application/json", sha256(body).hexdigest(), body)


def provenance(now: datetime, url: str = URL, source_id: str = "example") -> Provenance:
    return Provenance(source_id, url, "0" * 64, now)


def advisory(now: datetime, native_id: str = "A-1", **changes: object) -> Advisory:
    fields: dict[str, object] = {
        "id": record_id("example", native_id),
        "source_id": "example",
        "native_id": native_id,
        "category": Category.ADVISORY,
        "title": "Vulnérabilité dans un automate de pharmacie",
        "url": "https://source.example/A-1",
        "language": "fr",
        "marking": Marking(TLP.CLEAR, PAP.CLEAR),
        "provenance": provenance(now),
        "published_at": now,
        "revisions": (Revision(now, "Version initiale"),),
        "affected": (AffectedProduct("Automate", "Exemple"),),
        "cves": ("CVE-2025-0001",),
    }
    return Advisory(**fields | changes)  # type: ignore[arg-type]


def vulnerability(now: datetime, cve: str = "CVE-2025-0001", **changes: object) -> Vulnerability:
    fields: dict[str, object] = {
        "id": record_id("example", cve),
        "source_id": "example",
        "cve": cve,
        "provenance": provenance(now),
        "marking": Marking(),
        "scores": (CvssScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", "Exemple"),),
        "known_exploited": KnownExploited("CISA KEV", now.date()),
    }
    return Vulnerability(**fields | changes)  # type: ignore[arg-type]


def indicator(now: datetime, value: str = "198.51.100.7", **changes: object) -> Indicator:
    fields: dict[str, object] = {
        "id": record_id("example", value),
        "source_id": "example",
        "native_id": value,
        "observable": Observable(ObservableType.IPV4, value),
        "marking": Marking(),
        "provenance": provenance(now),
        "valid_from": now,
        "labels": ("rançongiciel",),
    }
    return Indicator(**fields | changes)  # type: ignore[arg-type]


def sighting(now: datetime, of: Indicator) -> Sighting:
    return Sighting(
        id=record_id("example", "sighting", of.native_id),
        source_id="example",
        native_id="s-1",
        indicator_id=of.id,
        provenance=provenance(now),
        marking=Marking(),
        count=3,
        first_seen_at=now,
        last_seen_at=now,
    )


def run(
    now: datetime,
    status: RunStatus = RunStatus.OK,
    changes: Changes | None = None,
    *,
    source_id: str = "example",
    error: str = "",
) -> Run:
    return Run(
        source_id=source_id,
        started_at=now,
        ended_at=now,
        status=status,
        changes=changes or Changes(),
        error=error,
    )
