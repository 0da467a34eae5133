"""Write the machine twin of a story's page: all that the page shows, as JSON (version 1).

`docs/formats.md` describes it, `site/schemas/story-1.json` is its schema. Keys are sorted, times are RFC 3339
in UTC, values are as published and not defanged: they are data. Of an article no more than a quotation is
given, as on the page. Nothing of a reader's language is decided here: reasons are said in both.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

import orjson

from enrichment.products import ProductRange, from_affected
from publishing.cards import Card
from publishing.escaping import address, plain
from publishing.notices import Notice, rule_name
from publishing.stories import View
from publishing.weaknesses import Weakness
from records import (
    AffectedProduct,
    Assessment,
    Difference,
    Evidence,
    ObservableType,
    Reason,
    Source,
    observable,
)

VERSION = 1
TYPE = "vigie-story"

Json = dict[str, object]


def story_json(standing: Notice, told: Sequence[Notice], card: Card) -> bytes:
    """Return the twin of the page of a story that stands at the address of one of the notices that tell it.

    The same story gives the same bytes.
    """
    found = {item.cve: item for one in told for item in one.found}
    view = View(address=standing, voice=standing, told=tuple(told), found=tuple(found.values()))
    value = _head(card) | {
        "tlp": f"TLP:{max(one.advisory.marking.tlp for one in told).label}",
        "pap": f"PAP:{max(one.advisory.marking.pap for one in told).name}",
        "priority": _priority(view.most_urgent),
        "relevance": _assessment(view.relevance),
        "vulnerabilities": [_vulnerability(found[cve]) for cve in card.cves if cve in found],
        "notices": [_notice(one) for one in told],
    }
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _head(card: Card) -> Json:
    """Return what the card says of the story as a whole."""
    return {
        "version": VERSION,
        "type": TYPE,
        "id": card.id,
        "path": card.path,
        "title": {
            "fr": {"text": card.title, "language": card.language or None},
            "en": {"text": card.title_en, "language": card.language_en or None},
        },
        "summary": card.summary,
        "category": card.category,
        "published_at": _instant(card.published_at),
        "changed_at": _instant(card.changed_at),
        "withdrawn": card.withdrawn,
        "exploited_on": _day(card.exploited_on),
        "ransomware": card.ransomware,
        "vendors": card.vendors,
        "families": card.families,
        "tags": card.tags,
    }


def _priority(urgent: Notice) -> Json | None:
    """Return how urgent the story is and what to do, `None` where no rule has spoken."""
    said = _assessment(urgent.priority)
    return None if said is None else said | {"decision": _assessment(urgent.decision)}


def _assessment(one: Assessment | None) -> Json | None:
    if one is None:
        return None
    return {
        "rule": rule_name(one),
        "rule_version": one.version,
        "by": "rule" if one.rule == rule_name(one) else "analyst",
        "value": one.value,
        "score": one.score,
        "confidence": one.confidence,
        "made_at": _instant(one.made_at),
        "reasons": [_reason(reason) for reason in one.reasons],
    }


def _reason(reason: Reason) -> Json:
    return {
        "code": reason.code,
        "weight": reason.weight,
        "fr": plain(reason.french),
        "en": plain(reason.english),
        "evidence": [_evidence(one) for one in reason.evidence],
    }


def _evidence(one: Evidence) -> Json:
    return {"field": one.field, "start": one.start, "end": one.end, "text": one.text}


def _vulnerability(item: Weakness) -> Json:
    """Return what the sources say of one CVE; `score` and `severity` are computed from the vector."""
    return {
        "cve": item.cve,
        "cwes": item.cwes,
        "cvss": [
            {
                "version": score.version,
                "vector": score.vector,
                "issuer": score.issuer,
                "score": score.number,
                "severity": score.level.lower() or None,
            }
            for score in item.severities
        ],
        "epss": item.epss
        and {
            "probability": item.epss.probability,
            "percentile": item.epss.percentile,
            "model_on": _day(item.epss.model_on),
        },
        "known_exploited": [
            {
                "catalogue": listing.catalogue,
                "added_on": _day(listing.added_on),
                "due_on": _day(listing.due_on),
                "ransomware": listing.ransomware,
            }
            for listing in item.listings
        ],
    }


def _notice(notice: Notice) -> Json:
    """Return one notice of the story, in its publisher's words and with what is concluded of it alone."""
    one = notice.advisory
    return {
        "id": one.id,
        "path": notice.path,
        "native_id": one.native_id,
        "source": _source(notice.source),
        "category": one.category,
        "title": notice.title,
        "language": notice.language or None,
        "url": _url(one.url),
        "tlp": f"TLP:{one.marking.tlp.label}",
        "pap": f"PAP:{one.marking.pap.name}",
        "published_at": _instant(one.published_at),
        "updated_at": _instant(one.updated_at),
        "changed_at": _instant(notice.changed_at),
        "first_seen_at": _instant(notice.first_seen_at),
        "withdrawn_at": _instant(one.withdrawn_at),
        "document": {"sha256": one.provenance.digest, "received_at": _instant(one.provenance.received_at)},
        "quoted": notice.is_quoted,
        "summary": notice.summary,
        "text": None if notice.is_quoted else one.body or None,
        "cves": one.cves,
        "risks": one.risks,
        "remediations": one.remediations,
        "labels": one.labels,
        "affected": [_affected(product) for product in one.affected],
        "references": [
            {"url": url, "title": said.title} for said in one.references if (url := _url(said.url))
        ],
        "revisions": [{"at": _instant(step.at), "text": step.description} for step in one.revisions],
        "changes": _changes(notice),
        "indicators": list(_indicators(notice.named_indicators)),
    }


def _source(source: Source) -> Json:
    return {
        "id": source.id,
        "name": plain(source.name),
        "homepage": _url(source.homepage),
        "licence": source.licence or None,
    }


def _affected(product: AffectedProduct) -> Json:
    """Return a product as published, and the ranges of versions that were read from it, if any."""
    read = _read(product)
    return {
        "vendor": product.vendor or None,
        "name": product.name,
        "versions": product.versions or None,
        "status": product.status or None,
        "branch": product.branch or None,
        "ranges": [
            {
                "low": one.low or None,
                "low_included": one.low_included,
                "high": one.high or None,
                "high_included": one.high_included,
            }
            for one in read.versions
        ],
    }


@lru_cache(maxsize=4096)
def _read(product: AffectedProduct) -> ProductRange:
    return from_affected((product,))[0]


def _changes(notice: Notice) -> Json | None:
    """Return what the newest version changed, `None` where there is one version only."""
    if not notice.changes:
        return None
    return {
        "seen_at": _instant(notice.changes_seen_at),
        "fields": [_difference(one) for one in notice.changes],
    }


def _difference(one: Difference) -> Json:
    return {
        "field": one.field,
        "added": one.added,
        "removed": one.removed,
        "reworded": [{"before": before, "after": after} for before, after in one.reworded],
        "lines": one.lines,
    }


def _indicators(named: Assessment | None) -> Iterator[Json]:
    """Yield the values that a text names, in their canonical form."""
    for reason in named.reasons if named else ():
        value = _value(reason.code, reason.evidence)
        if value:
            yield {"type": reason.code, "value": value, "confidence": reason.weight}


def _value(kind: str, evidence: Iterable[Evidence]) -> str:
    """Return the value that stands at the evidence: refanged, an artefact that is no observable as written."""
    text = next((one.text for one in evidence), "")
    try:
        return observable(ObservableType(kind), text).value
    except ValueError:
        return "" if kind in set(ObservableType) else text


def _url(text: str) -> str | None:
    """Return an address that a page would link to, `None` for any other."""
    return plain(text) if address(text) else None


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
