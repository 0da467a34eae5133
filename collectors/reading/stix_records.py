"""Make a record of one STIX object: indicator, report, sighting, vulnerability.

Each function returns what an object says, mostly one record, and raises `ValueError` with the reason
where it cannot be read. Not kept: kill chain phases, who reported a sighting and where, and languages
other than the object's own (`language-content`).
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from collectors.reading import language, text
from collectors.reading.stix_markings import Markings
from collectors.reading.stix_patterns import read_pattern
from collectors.reading.stix_relations import Relations, cves_of, labels
from records import (
    Advisory,
    Category,
    Finding,
    Indicator,
    LeftOut,
    Observable,
    Provenance,
    Reference,
    Rejected,
    Sighting,
    Source,
    Vulnerability,
    record_id,
)

MAX_COUNT = 999_999_999  # of a sighting, STIX 2.1 § 5.2

_LANGUAGE = re.compile(r"[a-z]{2}(?![a-zA-Z0-9])")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the objects of one document have in common.

    `values` is filled while reading: how many indicators of ours each indicator of the document is.
    """

    source: Source
    provenance: Provenance
    markings: Markings
    relations: Relations
    values: dict[str, int] = field(default_factory=dict)


def read_indicator(reading: Reading, item: dict[str, Any]) -> list[Finding]:
    """Return an indicator (STIX 2.1 § 4.7) as one of ours for each value that its pattern is a choice of.

    Of several, `native_id` is the object's id and the value: `indicator--…#192.0.2.1`. A version that no
    longer names a value does not tell so; where documents are whole, the value is missed there.
    """
    native_id, source = item["id"], reading.source
    reading.values[native_id] = 0
    if (item.get("pattern_type") or "stix") != "stix":
        raise ValueError(f"the pattern is of the type {text.string(item['pattern_type'])[:40]!r}, not STIX")
    values = read_pattern(text.string(item.get("pattern")))
    reading.values[native_id] = len(values.found)
    marking = reading.markings.of(item)
    own = labels(item, "indicator_types")
    lent = reading.relations.labels_of(native_id, marking)
    first = Indicator(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        observable=values.found[0],
        marking=marking,
        provenance=reading.provenance,
        confidence=_confidence(item.get("confidence"), source.confidence),
        valid_from=_instant(item, "valid_from"),
        valid_until=_instant(item, "valid_until"),
        actionable=_is_actionable(item, own),
        revoked=item.get("revoked") is True,
        description=text.plain(text.string(item.get("description")) or text.string(item.get("name"))),
        labels=tuple(dict.fromkeys(own + lent)) if lent else own,
    )
    found: list[Finding] = [first]
    if len(values.found) > 1:
        found = [_with_value(first, value) for value in values.found]
    if values.left_out:
        found.append(LeftOut("alternative of a pattern", values.left_out))
    if values.refused:
        found.append(Rejected(source.id, reading.provenance.url, native_id, values.refused))
    return found


def _with_value(indicator: Indicator, value: Observable) -> Indicator:
    """Return the indicator of one value among several."""
    name = text.identifier(f"{indicator.native_id}#{value.value}")
    return replace(indicator, id=record_id(indicator.source_id, name), native_id=name, observable=value)


def read_report(reading: Reading, item: dict[str, Any]) -> list[Finding]:
    """Return a report (STIX 2.1 § 4.16) as a notice; a revoked one is withdrawn."""
    source, marking = reading.source, reading.markings.of(item)
    title = text.line(text.string(item.get("name")))
    if not title:
        raise ValueError("the report has no name")
    summary = text.plain(text.string(item.get("description")))
    references = _references(item)
    modified_at = _instant(item, "modified")
    referred = reading.relations.cves_of_report(item, marking)
    said = text.cves(f"{title}\n{summary}")
    return [
        Advisory(
            id=record_id(source.id, item["id"]),
            source_id=source.id,
            native_id=item["id"],
            category=Category.NEWS,
            title=title,
            url=references[0].url if references else "",
            language=_language(item, f"{title}\n{summary}", source.language),
            marking=marking,
            provenance=reading.provenance,
            summary=summary,
            published_at=_instant(item, "published") or _instant(item, "created"),
            updated_at=modified_at,
            cves=tuple(dict.fromkeys((*cves_of(item), *referred, *said)))[: text.MAX_CVES],
            references=references,
            labels=tuple(
                dict.fromkeys(
                    labels(item, "report_types") + reading.relations.labels_of_report(item, marking)
                )
            ),
            withdrawn_at=(modified_at or reading.provenance.received_at)
            if item.get("revoked") is True
            else None,
        )
    ]


def read_sighting(reading: Reading, item: dict[str, Any]) -> list[Finding]:
    """Return a sighting (STIX 2.1 § 5.2) of an indicator; of anything else, or revoked, it is left out.

    It says nothing of which of several values was seen. `x_opencti_negative` is how OpenCTI writes
    that something was seen and found harmless.
    """
    seen, source = text.string(item.get("sighting_of_ref")), reading.source
    if item.get("revoked") is True or not seen.startswith("indicator--") or reading.values.get(seen, 1) != 1:
        return [LeftOut("sighting", 1)]
    count = item.get("count", 1)
    if type(count) is not int or not 1 <= count <= MAX_COUNT:
        raise ValueError(f"the sighting counts neither 1 nor more, up to {MAX_COUNT}")
    return [
        Sighting(
            id=record_id(source.id, item["id"]),
            source_id=source.id,
            native_id=item["id"],
            indicator_id=record_id(source.id, seen),
            provenance=reading.provenance,
            marking=reading.markings.of(item),
            count=count,
            first_seen_at=_instant(item, "first_seen"),
            last_seen_at=_instant(item, "last_seen"),
            false_positive=item.get("x_opencti_negative") is True,
        )
    ]


def read_vulnerability(reading: Reading, item: dict[str, Any]) -> list[Finding]:
    """Return a vulnerability (STIX 2.1 § 4.19); raises `ValueError` where it names no CVE."""
    source, cves = reading.source, cves_of(item)
    if item.get("revoked") is True:
        return [LeftOut("revoked vulnerability", 1)]
    if not cves:
        raise ValueError("the vulnerability names no CVE")
    name = text.line(text.string(item.get("name")))
    return [
        Vulnerability(
            id=record_id(source.id, cves[0]),
            source_id=source.id,
            cve=cves[0],
            provenance=reading.provenance,
            marking=reading.markings.of(item),
            name="" if name.upper() == cves[0] else name,
            description=text.plain(text.string(item.get("description"))),
        )
    ]


def _confidence(value: Any, otherwise: int) -> int:
    """Return a confidence as stated (STIX 2.1 § 3.2, Appendix A), or the source's where it is none."""
    return value if type(value) is int and 0 <= value <= 100 else otherwise


def _instant(item: dict[str, Any], key: str) -> datetime | None:
    return text.instant(text.string(item.get(key)))


def _is_actionable(item: dict[str, Any], own: tuple[str, ...]) -> bool:
    """Whether an indicator points at malice: not `benign`, nor what MISP exports as not for detection."""
    return "benign" not in own and 'misp:to_ids="False"' not in text.items(item.get("labels"))


def _references(item: dict[str, Any]) -> tuple[Reference, ...]:
    """Return the links of an object's external references, each once."""
    stated = text.mappings(item.get("external_references"))
    links = {
        text.link(text.string(one.get("url"))): text.line(text.string(one.get("description")))
        for one in stated
    }
    return tuple(Reference(url, title) for url, title in links.items() if url)


def _language(item: dict[str, Any], words: str, otherwise: str) -> str:
    """Return the language that an object states (STIX 2.1 § 3.2, RFC 5646), or the one its text is in."""
    stated = _LANGUAGE.match(text.string(item.get("lang")).lower())
    return stated[0] if stated else language.detected(words, otherwise)
