"""Read what one CSAF 2.0 document says: its advisory, and a vulnerability for each CVE."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from collectors import text
from collectors.csaf_products import affected_products
from records import (
    TLP,
    Advisory,
    Category,
    CvssScore,
    Document,
    Marking,
    Provenance,
    Reference,
    Rejected,
    Revision,
    Source,
    UnreadableError,
    Vulnerability,
    parse_tlp,
    record_id,
)

# The title of CISA's note, with its typing errors ("Critical infastructure sectors"), and what stands
# between two sectors; "Nuclear Reactors, Materials, and Waste" is one.
_SECTORS = re.compile(r"critical inf\w*structure sectors?", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[,;\n](?!\s*(?:and\s+)?(?:Materials|Waste)\b)\s*(?:and\s+)?", re.IGNORECASE)
_VECTOR = re.compile(
    r"(?:CVSS:(3\.[01]|4\.0)/)?[A-Z]{1,3}:[A-Z]{1,9}(?:/[A-Z]{1,3}:[A-Z]{1,9}){1,40}", re.IGNORECASE
)
_VERSIONS = {"cvss_v2": "2.0", "cvss_v3": "3.1"}


def advisory(source: Source, document: Document, read: dict[str, Any]) -> Advisory:
    """Return the advisory of a parsed document.

    The summary is made of the document's notes of category `summary` and `description`, or where it
    has none of `general` (§ 3.2.1.7). Raises `UnreadableError` where the document has no identifier.
    """
    head = text.mapping(read.get("document"))
    tracking = text.mapping(head.get("tracking"))
    native_id = text.line(text.string(tracking.get("id")))
    if not native_id:
        raise UnreadableError("no document.tracking.id (CSAF 2.0 § 3.2.1.12.4): not a CSAF document")
    weaknesses = text.mappings(read.get("vulnerabilities"))
    notes = text.mappings(head.get("notes"))
    prose = [note for note in notes if not _SECTORS.match(text.string(note.get("title")))]
    return Advisory(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        category=Category.ADVISORY,
        title=text.line(text.string(head.get("title"))) or native_id,
        url=_page(document, head),
        language=_language(source, head),
        marking=_marking(source, head),
        provenance=_provenance(source, document),
        summary=_prose(prose, "summary", "description") or _prose(prose, "general"),
        published_at=text.instant(text.string(tracking.get("initial_release_date"))),
        updated_at=text.instant(text.string(tracking.get("current_release_date"))),
        revisions=_revisions(tracking),
        affected=affected_products(read),
        cves=tuple(dict.fromkeys(cve for item in weaknesses if (cve := _cve(item)))),
        remediations=_remediations(weaknesses),
        references=_references([head, *weaknesses]),
        labels=_labels(head, notes),
    )


def vulnerabilities(
    source: Source, document: Document, read: dict[str, Any]
) -> Iterator[Vulnerability | Rejected]:
    """Yield a vulnerability for each CVE, a `Rejected` for each `cve` that is not one (§ 3.2.3.2).

    A CVE may stand in several documents of a provider, each with words of its own: each is a record.
    Entries of one CVE are merged; entries without a CVE, which § 3.2.3.6 allows, give none.
    """
    head = text.mapping(read.get("document"))
    native_id = text.line(text.string(text.mapping(head.get("tracking")).get("id")))
    issuer = text.line(text.string(text.mapping(head.get("publisher")).get("name"))) or source.name
    entries: dict[str, list[dict[str, Any]]] = {}
    for item in text.mappings(read.get("vulnerabilities")):
        cve = _cve(item)
        if cve:
            entries.setdefault(cve, []).append(item)
        elif item.get("cve") is not None:
            reason = f"{str(item['cve'])[:40]!r} is not a CVE id (CSAF 2.0 § 3.2.3.2)"
            yield Rejected(source.id, document.url, str(item["cve"])[:40], reason)
    for cve, items in entries.items():
        cwes = (text.string(text.mapping(item.get("cwe")).get("id")) for item in items)
        notes = [note for item in items for note in text.mappings(item.get("notes"))]
        yield Vulnerability(
            id=record_id(source.id, native_id, cve),
            source_id=source.id,
            cve=cve,
            provenance=_provenance(source, document),
            marking=_marking(source, head),
            name=next(filter(None, (text.line(text.string(item.get("title"))) for item in items)), ""),
            description=_prose(notes, "description", "summary"),
            scores=_scores(items, issuer),
            cwes=tuple(dict.fromkeys(cwe for cwe in cwes if re.fullmatch(r"CWE-\d{1,6}", cwe))),
        )


def _provenance(source: Source, document: Document) -> Provenance:
    return Provenance(source.id, document.url, document.digest, document.received_at)


def _cve(item: dict[str, Any]) -> str:
    """Return the CVE id of a vulnerability, an empty text where it has none."""
    cve = text.string(item.get("cve")).strip().upper()
    return cve if text.cves(cve) == (cve,) else ""


def _marking(source: Source, head: dict[str, Any]) -> Marking:
    """Return the stricter of the document's TLP label (§ 3.2.1.5.2) and its source's."""
    tlp = text.mapping(text.mapping(head.get("distribution")).get("tlp"))
    said = parse_tlp(str(tlp["label"])) if "label" in tlp else TLP.CLEAR
    return Marking(max(said, source.tlp))


def _language(source: Source, head: dict[str, Any]) -> str:
    language = text.string(head.get("lang"))[:2].lower()
    return language if re.fullmatch(r"[a-z]{2}", language) else source.language


def _page(document: Document, head: dict[str, Any]) -> str:
    """Return the page for people: a reference `self` (§ 3.2.1.9) that is no file, on the publisher's host first."""
    references = text.mappings(head.get("references"))
    own = [text.link(text.string(item.get("url"))) for item in references if item.get("category") == "self"]
    pages = [url for url in own if url and not url.lower().endswith((".json", ".txt", ".pdf"))]
    home = text.link(text.string(text.mapping(head.get("publisher")).get("namespace")))
    host = urlsplit(home).hostname
    pages.sort(key=lambda url: urlsplit(url).hostname != host)
    return pages[0] if pages else next(filter(None, own), document.url)


def _prose(notes: list[dict[str, Any]], *categories: str) -> str:
    """Return the text of the notes of some categories, each once, as paragraphs."""
    texts = (
        text.plain(text.string(note.get("text"))) for note in notes if note.get("category") in categories
    )
    return "\n\n".join(dict.fromkeys(filter(None, texts)))


def _revisions(tracking: dict[str, Any]) -> tuple[Revision, ...]:
    """Return the revisions (§ 3.2.1.12.6) that have a date, in the publisher's order."""
    items = text.mappings(tracking.get("revision_history"))
    dated = ((text.instant(text.string(item.get("date"))), item) for item in items)
    return tuple(Revision(at, text.line(text.string(item.get("summary")))) for at, item in dated if at)


def _remediations(weaknesses: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the details of the remediations (§ 3.2.3.12), each once, followed by their address if any."""
    found: dict[str, None] = {}
    for item in (part for entry in weaknesses for part in text.mappings(entry.get("remediations"))):
        details, url = text.plain(text.string(item.get("details"))), text.link(text.string(item.get("url")))
        found[f"{details}\n{url}".strip() if url not in details else details] = None
    return tuple(filter(None, found))


def _references(holders: list[dict[str, Any]]) -> tuple[Reference, ...]:
    """Return the references of the document, then of its vulnerabilities, each address once."""
    found: dict[str, Reference] = {}
    for item in (part for holder in holders for part in text.mappings(holder.get("references"))):
        url = text.link(text.string(item.get("url")))
        if url:
            found.setdefault(url, Reference(url, text.line(text.string(item.get("summary")))))
    return tuple(found.values())


def _labels(head: dict[str, Any], notes: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return `csaf:` with the document's category, then `sector:` with each sector as published."""
    category = text.line(text.string(head.get("category")))
    labels = [f"csaf:{category}"] if category else []
    for note in notes:
        if _SECTORS.match(text.string(note.get("title"))):
            listed = text.plain(text.string(note.get("text"))).rpartition("Sector:")[2].rstrip(". ")
            labels += (f"sector:{sector.strip()}" for sector in _BETWEEN.split(listed) if sector.strip())
    return tuple(dict.fromkeys(labels))


def _scores(items: list[dict[str, Any]], issuer: str) -> tuple[CvssScore, ...]:
    """Return the CVSS vectors (§ 3.2.3.13), each once; the version is the one the vector itself names."""
    found: dict[CvssScore, None] = {}
    for score in (part for item in items for part in text.mappings(item.get("scores"))):
        for key, version in _VERSIONS.items():
            vector = text.string(text.mapping(score.get(key)).get("vectorString")).strip()
            match = _VECTOR.fullmatch(vector)
            if match:
                found[CvssScore(vector, match[1] or version, issuer)] = None
    return tuple(found)
