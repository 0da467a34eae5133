"""Read CISA's catalogue of known exploited vulnerabilities, as JSON."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from collectors.reading import text
from records import (
    Document,
    KnownExploited,
    Marking,
    Provenance,
    Rejected,
    Request,
    Source,
    Start,
    UnreadableError,
    Vulnerability,
    record_id,
)

COMPLETE = True
LISTS_ALL = False
OPTIONS: dict[str, str] = {}
CATALOGUE = "CISA KEV"
FIRST_DAY = date(2021, 11, 3)  # of the catalogue (CISA, Binding Operational Directive 22-01)
LONGEST_DELAY = timedelta(days=366)  # between addition and due date; the longest seen is 184 days


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the catalogue."""
    return [Request(source.url, accept="application/json")]


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: the catalogue is one document."""
    return []


def normalise(source: Source, document: Document) -> Iterator[Vulnerability | Rejected]:
    """Yield one vulnerability for each row, a `Rejected` for each row without CVE or possible date.

    Raises `UnreadableError` where the document is no catalogue, is empty or holds another number of
    rows than it says: what has left the catalogue is withdrawn, so that half of one must not pass.
    """
    catalogue = text.mapping(text.json_value(document.body))
    rows = catalogue.get("vulnerabilities")
    if not isinstance(rows, list) or not rows:
        raise UnreadableError(
            "no row in a list 'vulnerabilities': not the CISA KEV catalogue, or an empty one"
        )
    if catalogue.get("count", len(rows)) != len(rows):
        raise UnreadableError(
            f"{len(rows)} rows, but the catalogue says {str(catalogue['count'])[:20]}: not whole"
        )
    provenance = Provenance(source.id, document.url, document.digest, document.received_at)
    for number, row in enumerate(rows, 1):
        yield _row(source, provenance, number, text.mapping(row))


def _row(
    source: Source, provenance: Provenance, number: int, row: dict[str, Any]
) -> Vulnerability | Rejected:
    """Return what one row says; a due date that cannot be one is left out, the listing stays."""
    cve = text.string(row.get("cveID")).strip().upper()
    if text.cves(cve) != (cve,):
        return Rejected(source.id, provenance.url, cve, f"row {number}: cveID {cve[:40]!r} is not a CVE id")
    added_on, due_on = _day(row.get("dateAdded")), _day(row.get("dueDate"))
    tomorrow = provenance.received_at.date() + timedelta(days=1)
    if added_on is None or not FIRST_DAY <= added_on <= tomorrow:
        said = str(row.get("dateAdded"))[:40]
        reason = f"row {number}: dateAdded {said!r} is not a day between the catalogue's first and today"
        return Rejected(source.id, provenance.url, cve, reason)
    if due_on is not None and due_on > added_on + LONGEST_DELAY:
        due_on = None
    cwes = row.get("cwes")
    return Vulnerability(
        id=record_id(source.id, cve),
        source_id=source.id,
        cve=cve,
        provenance=provenance,
        marking=Marking(source.tlp),
        name=text.line(text.string(row.get("vulnerabilityName"))),
        description=text.plain(text.string(row.get("shortDescription"))),
        cwes=tuple(re.findall(r"CWE-\d{1,6}\b", " ".join(map(str, cwes)))) if isinstance(cwes, list) else (),
        known_exploited=KnownExploited(
            catalogue=CATALOGUE,
            added_on=added_on,
            ransomware=row.get("knownRansomwareCampaignUse") == "Known",
            due_on=due_on,
        ),
    )


def _day(value: object) -> date | None:
    """Return a date written `YYYY-MM-DD`, `None` for anything else."""
    try:
        return date.fromisoformat(text.string(value))
    except ValueError:
        return None
