"""Read CVE records (CVE JSON 5) of the CVEs that the archive names, from the CVE Program's service.

A source's address is what stands before a CVE id, such as `https://cveawg.mitre.org/api/cve/`. A
record is asked for when its CVE is first named and then once a week, on a weekday of its own.

A rejected CVE is a fact like another: it has no name and no score, and its description says why it
was rejected. Kept are title, description, CVSS and CWE of the issuer and of those who add to it.
"""

import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from collectors.reading import text
from collectors.reading.csaf_document import cvss_score
from records import (
    CvssScore,
    Document,
    LeftOut,
    Marking,
    Provenance,
    Request,
    SettingsError,
    Source,
    Start,
    UnreadableError,
    Vulnerability,
    record_id,
)

COMPLETE = True
LISTS_ALL = False
OPTIONS = {"per_run": "the most records asked for in one run, 1 to 2000; 500 where it is not said"}

PER_RUN, MOST_PER_RUN = 500, 2_000
DAYS = 7  # between two readings of one record

_METRICS = {"cvssV2_0": "2.0", "cvssV3_0": "3.0", "cvssV3_1": "3.1", "cvssV4_0": "4.0"}


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the records that are due, at most `per_run`; raises `SettingsError` where that is no number.

    First come the CVEs never read, the newest first, then those read longest ago. A CVE without a
    record (404: reserved, or a typing error) is asked for again after a week, like the others.
    """
    limit = source.options.get("per_run", PER_RUN)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST_PER_RUN:
        raise SettingsError(f"options.per_run of source {source.id} is no number from 1 to {MOST_PER_RUN}")
    today = start.now.date().toordinal()
    known = start.state.addresses
    requests = [_request(source, cve, today) for cve in start.cves]
    new = [request for request in requests if request.url not in known]
    stale = [one for one in requests if one.url in known and known[one.url].marker != one.marker]
    stale.sort(key=lambda one: known[one.url].marker or "")
    return (new + stale)[:limit]


def _request(source: Source, cve: str, today: int) -> Request:
    """Ask for a record; its marker changes every week, on a day that depends on the CVE."""
    week = (today + crc32(cve.encode()) % DAYS) // DAYS
    return Request(f"{source.url.rstrip('/')}/{cve}", f"week {week}", "application/json", optional=True)


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: a record is a leaf."""
    return []


def normalise(source: Source, document: Document) -> Iterator[Vulnerability | LeftOut]:
    """Yield what a record says of its CVE, and what of it is not kept.

    Raises `UnreadableError` where the document is no CVE record.
    """
    record = text.mapping(text.json_value(document.body))
    metadata = text.mapping(record.get("cveMetadata"))
    containers = text.mapping(record.get("containers"))
    cve, state = text.string(metadata.get("cveId")), text.string(metadata.get("state"))
    issuer = text.mapping(containers.get("cna"))
    if text.cves(cve) != (cve,) or state not in ("PUBLISHED", "REJECTED") or not issuer:
        raise UnreadableError(
            f"not a CVE record (CVE JSON 5): cveId {cve[:40]!r}, state {state[:40]!r}, "
            f"{'a' if issuer else 'no'} container 'cna'"
        )
    rejected = state == "REJECTED"
    sayers = [] if rejected else [issuer, *text.mappings(containers.get("adp"))]
    yield Vulnerability(
        id=record_id(source.id, cve),
        source_id=source.id,
        cve=cve,
        provenance=Provenance(source.id, document.url, document.digest, document.received_at),
        marking=Marking(source.tlp),
        name="" if rejected else text.line(text.string(issuer.get("title"))),
        description=_rejection(issuer) if rejected else _english(issuer.get("descriptions")),
        scores=tuple(dict.fromkeys(score for sayer in sayers for score in _scores(sayer))),
        cwes=tuple(dict.fromkeys(cwe for sayer in sayers for cwe in _cwes(sayer))),
    )
    decisions = sum("other" in metric for sayer in sayers for metric in text.mappings(sayer.get("metrics")))
    if decisions:
        yield LeftOut("metric other than CVSS", decisions)


def _english(descriptions: object) -> str:
    """Return the English one of the descriptions, plain: `en`, `en-US`, …; the first where none is."""
    found = text.mappings(descriptions)
    english = [one for one in found if text.string(one.get("lang")).lower()[:2] == "en"]
    return next((text.plain(text.string(one.get("value"))) for one in english or found), "")


def _rejection(issuer: dict[str, Any]) -> str:
    reason = _english(issuer.get("rejectedReasons"))
    return f"Rejected: {reason}" if reason else "Rejected."


def _scores(sayer: dict[str, Any]) -> Iterator[CvssScore]:
    name = text.line(text.string(text.mapping(sayer.get("providerMetadata")).get("shortName")))
    for metric in text.mappings(sayer.get("metrics")):
        for key, version in _METRICS.items():
            score = cvss_score(text.mapping(metric.get(key)).get("vectorString"), version, name or "CVE")
            if score:
                yield score


def _cwes(sayer: dict[str, Any]) -> Iterator[str]:
    """Yield the CWE ids; where a weakness is only described, those at the start of its words."""
    for problem in text.mappings(sayer.get("problemTypes")):
        for said in text.mappings(problem.get("descriptions")):
            found = re.match(
                r"CWE-\d{1,6}\b", text.string(said.get("cweId")) or text.string(said.get("description"))
            )
            if found:
                yield found[0]
