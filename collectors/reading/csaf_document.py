"""Read what one CSAF 2.0 document says: its advisory, and a vulnerability for each CVE."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from collectors.reading import text
from collectors.reading.csaf_products import (
    Tree,
    affected_products,
    product_names,
    product_tree,
    remediations,
)
from collectors.reading.markup import escaped
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
_VERSIONS = {"cvss_v2": "2.0", "cvss_v3": "3.1", "cvss_v4": "4.0"}  # the last is none of CSAF 2.0's, and used


def advisory(source: Source, document: Document, read: dict[str, Any]) -> Advisory:
    """Return the advisory of a parsed document that `csaf_schema.require_schema` has let pass.

    The summary is made of the document's notes of category `summary` and `description`, or where it
    has none of `general` (§ 3.2.1.7). Raises `UnreadableError` where a product is ambiguous.
    """
    head = text.mapping(read.get("document"))
    tracking = text.mapping(head.get("tracking"))
    native_id = text.line(text.string(tracking.get("id")))
    tree = product_tree(read)
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
        body=_body(read, prose, tree),
        published_at=text.instant(text.string(tracking.get("initial_release_date"))),
        updated_at=text.instant(text.string(tracking.get("current_release_date"))),
        revisions=_revisions(tracking),
        affected=affected_products(read, tree),
        cves=tuple(dict.fromkeys(cve for item in weaknesses if (cve := _cve(item)))),
        remediations=remediations(read, tree),
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


def _body(read: dict[str, Any], notes: list[dict[str, Any]], tree: Tree) -> str:
    """Return the document's notes and what it says of each vulnerability as Markdown, but no disclaimer.

    Empty where the summary is all; cut, with an ellipsis, where it is longer than `text.MAX_TEXT`.
    """
    titled = groupby(notes, key=lambda note: text.line(text.string(note.get("title"))))
    sections = [_section(title, _words(group)) for title, group in titled]
    for item in text.mappings(read.get("vulnerabilities")):
        ids = [text.string(one.get("text")) for one in text.mappings(item.get("ids"))]
        title = " ".join([text.string(item.get("cve")) or ", ".join(ids), text.string(item.get("title"))])
        said = "\n".join(f"- {escaped(line)}" for line in _flags_and_threats(item, tree))
        sections.append(_section(title, [*_words(text.mappings(item.get("notes"))), said]))
    sections = list(filter(None, sections))
    alone = len(sections) < 2 and _prose(notes, "summary", "description", "general")
    whole = "" if alone else "\n\n".join(sections)
    if len(whole) <= text.MAX_TEXT:
        return whole
    begun = whole[: text.MAX_TEXT].rpartition("\n\n")[0]
    return f"{begun}\n\n…" if begun else ""


def _words(notes: Iterable[dict[str, Any]]) -> list[str]:
    """Return the texts of notes that are no disclaimer, as Markdown."""
    said = (text.string(note.get("text")) for note in notes if note.get("category") != "legal_disclaimer")
    return [escaped(text.plain(words)) for words in said]


def _section(title: str, words: list[str]) -> str:
    """Return words under their heading, an empty text where there are none."""
    found = list(filter(None, words))
    head = escaped(text.line(title))
    return "\n\n".join([f"## {head}", *found] if head and found else found)


def _flags_and_threats(item: dict[str, Any], tree: Tree) -> Iterator[str]:
    """Yield why products are not affected (§ 3.2.3.5) and what threatens (§ 3.2.3.14), a line each."""
    for part in text.mappings(item.get("flags")) + text.mappings(item.get("threats")):
        kind = text.string(part.get("label") or part.get("category")).replace("_", " ")
        details, names = text.line(text.string(part.get("details"))), product_names(tree, part)
        said = f"{kind}: {details}" if details else kind
        yield f"{said} ({names})" if names else said


def _revisions(tracking: dict[str, Any]) -> tuple[Revision, ...]:
    """Return the revisions (§ 3.2.1.12.6) that have a date, in the publisher's order."""
    items = text.mappings(tracking.get("revision_history"))
    dated = ((text.instant(text.string(item.get("date"))), item) for item in items)
    return tuple(Revision(at, text.line(text.string(item.get("summary")))) for at, item in dated if at)


def _references(holders: list[dict[str, Any]]) -> tuple[Reference, ...]:
    """Return the references of the document, then of its vulnerabilities, each address once."""
    found: dict[str, Reference] = {}
    for item in (part for holder in holders for part in text.mappings(holder.get("references"))):
        url = text.link(text.string(item.get("url")))
        if url:
            found.setdefault(url, Reference(url, text.line(text.string(item.get("summary")))))
    return tuple(found.values())


def _labels(head: dict[str, Any], notes: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return `csaf:` and the category, then `status:` unless final, `alias:`, `severity:` and `sector:`."""
    tracking = text.mapping(head.get("tracking"))
    status = text.string(tracking.get("status"))
    severity = text.line(text.string(text.mapping(head.get("aggregate_severity")).get("text")))
    labels = [f"csaf:{text.line(text.string(head.get('category')))}"]
    labels += [f"status:{status}"] if status != "final" else []
    labels += [
        f"alias:{text.line(alias)}" for alias in text.items(tracking.get("aliases")) if isinstance(alias, str)
    ]
    labels += [f"severity:{severity}"] if severity else []
    for note in notes:
        if _SECTORS.match(text.string(note.get("title"))):
            listed = text.plain(text.string(note.get("text"))).rpartition("Sector:")[2].rstrip(". ")
            labels += (f"sector:{sector.strip()}" for sector in _BETWEEN.split(listed) if sector.strip())
    return tuple(dict.fromkeys(labels))


def _scores(items: list[dict[str, Any]], issuer: str) -> tuple[CvssScore, ...]:
    """Return the CVSS vectors (§ 3.2.3.13), each once."""
    parts = (part for item in items for part in text.mappings(item.get("scores")))
    found = (
        cvss_score(text.mapping(part.get(key)).get("vectorString"), version, issuer)
        for part in parts
        for key, version in _VERSIONS.items()
    )
    return tuple(dict.fromkeys(score for score in found if score))


def cvss_score(vector: object, version: str, issuer: str) -> CvssScore | None:
    """Return a CVSS vector, `None` where it is none; its version is the one that it names itself, if any."""
    match = _VECTOR.fullmatch(text.string(vector).strip())
    return CvssScore(match[0], match[1] or version, issuer) if match else None
