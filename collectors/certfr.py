"""Read CERT-FR's notices as the JSON of its site: avis, alertes, whatever has a reference of its own.

The listing gives references and last revisions only; the reference says what sort of notice it is
(`AVI`, `ALE`, else news). An alerte that is closed stays in force as a text: it gets a revision that
says so and the label `clôturée`, and is not withdrawn.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from collectors.reading import text
from collectors.reading.certfr_text import as_html, plain
from collectors.reading.markup import markdown
from records import (
    Advisory,
    AffectedProduct,
    Category,
    Document,
    Marking,
    Provenance,
    Reference,
    Rejected,
    Request,
    Revision,
    Source,
    Start,
    UnreadableError,
    record_id,
)

COMPLETE = False
LISTS_ALL = False
OPTIONS: dict[str, str] = {}

# The closed vocabulary of the site since about 2014; older notices also have free wording.
RISKS = (
    "Atteinte à l'intégrité des données",
    "Atteinte à la confidentialité des données",
    "Contournement de la fonctionnalité de sécurité",
    "Contournement de la politique de sécurité",
    "Déni de service",
    "Déni de service à distance",
    "Exécution de code arbitraire",
    "Exécution de code arbitraire à distance",
    "Falsification de requêtes côté serveur (SSRF)",
    "Injection de code indirecte à distance (XSS)",
    "Injection de requêtes illégitimes par rebond (CSRF)",
    "Injection SQL (SQLi)",
    "Non spécifié par l'éditeur",
    "Usurpation d'identité",
    "Élévation de privilèges",
)

_REFERENCE = re.compile(r"CERT(?:FR|A)-\d{4}-([A-Z]{3})-\d{3,5}")
_CATEGORIES = {"AVI": Category.ADVISORY, "ALE": Category.ALERT}
_SECTION = re.compile(r"^## +(.*)$", re.MULTILINE)
_CLOSED = "Clôture de l'alerte"


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the listing."""
    return [Request(source.url, accept="application/json")]


def follow(source: Source, document: Document) -> list[Request]:
    """Return the notices of a listing, each with its last revision as marker; nothing for a notice.

    Raises `UnreadableError` where the listing has items and none has an address.
    """
    if not document.body.lstrip().startswith(b"["):
        return []
    requests, items = [], text.json_value(document.body)
    for item in text.mappings(items):
        reference = text.string(item.get("reference"))
        place = text.string(item.get("json_url")) or (f"../{reference}/json/" if reference else "")
        address = text.joined(document.url, place) if place else ""
        if address:
            marker = text.string(item.get("last_revision_date")) or None
            requests.append(Request(address, marker, "application/json"))
    if items and not requests:
        raise UnreadableError(f"none of {len(items)} items of the listing has a reference or a json_url")
    return requests


def normalise(source: Source, document: Document) -> Iterator[Advisory | Rejected]:
    """Yield the advisory of a notice; nothing for a listing.

    Raises `UnreadableError` where the document has neither shape.
    """
    read = text.json_value(document.body)
    if isinstance(read, list):
        return
    notice = text.mapping(read)
    native_id = text.string(notice.get("reference")).strip()
    found = _REFERENCE.fullmatch(native_id)
    if not found:
        raise UnreadableError(f"reference {native_id[:40]!r} is not of the form CERTFR-2025-AVI-0001")
    revisions = _revisions(notice)
    dates = sorted(revision.at for revision in revisions)
    affected = text.mappings(notice.get("affected_systems"))
    yield Advisory(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        category=_CATEGORIES.get(found[1], Category.NEWS),
        title=text.line(text.string(notice.get("title"))) or native_id,
        url=document.url.removesuffix("json/"),
        language=source.language,
        marking=Marking(source.tlp),
        provenance=Provenance(source.id, document.url, document.digest, document.received_at),
        summary=plain(text.string(notice.get("summary"))),
        body=_body(notice, document.url),
        published_at=dates[0] if dates else None,
        updated_at=dates[-1] if dates else None,
        revisions=revisions,
        affected=_affected(affected, text.string(notice.get("affected_systems_content"))),
        cves=text.cves(" ".join(text.string(cve.get("name")) for cve in text.mappings(notice.get("cves")))),
        risks=_risks(notice),
        remediations=_remediations(notice),
        references=_references(notice),
        labels=_labels(notice, affected),
    )


def _revisions(notice: dict[str, Any]) -> tuple[Revision, ...]:
    """Return the revisions that have a date, in the publisher's order, the closing of an alerte last."""
    found: list[Revision] = []
    for item in text.mappings(notice.get("revisions")):
        at: datetime | None = text.instant(text.string(item.get("revision_date")))
        if at is not None:
            found.append(Revision(at, text.line(text.string(item.get("description")))))
    closed_at = text.instant(text.string(notice.get("closed_at")))
    if closed_at is not None and not any("clôture" in one.description.lower() for one in found):
        found.append(Revision(closed_at, _CLOSED))
    return tuple(found)


def _labels(notice: dict[str, Any], systems: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return `scada` where a vendor is marked so, and `clôturée` for an alerte that is."""
    scada = any(_vendor(system).get("scada") is True for system in systems)
    closed = text.instant(text.string(notice.get("closed_at"))) is not None
    return ("scada",) * scada + ("clôturée",) * closed


def _body(notice: dict[str, Any], url: str) -> str:
    """Return the whole notice as Markdown: summary and content, and where there is no list of affected
    systems the passage on them.
    """
    systems = text.mappings(notice.get("affected_systems"))
    passages = ["summary", "content"] if systems else ["summary", "affected_systems_content", "content"]
    return markdown("\n".join(as_html(text.string(notice.get(name))) for name in passages), url)


def _affected(systems: list[dict[str, Any]], content: str) -> tuple[AffectedProduct, ...]:
    """Return the affected systems; `versions` is the publisher's whole sentence, product included.

    A product named "N/A" stands only in its sentence, which is then the name. Notices before about
    2009 have no list, only markup: each line of it is one name.
    """
    products: list[AffectedProduct] = []
    for system in systems:
        sentence = text.line(text.string(system.get("description"))).rstrip(" ;.")
        name = _known(text.mapping(system.get("product")).get("name"))
        if name or sentence:
            products.append(
                AffectedProduct(
                    name=name or sentence,
                    vendor=_known(_vendor(system).get("name")),
                    versions=sentence if name else "",
                )
            )
    if not products:
        lines = (line.lstrip("-*• ").rstrip(" ;.") for line in plain(content).splitlines())
        products = [AffectedProduct(name=line) for line in lines if line]
    return tuple(dict.fromkeys(products))


def _vendor(system: dict[str, Any]) -> dict[str, Any]:
    return text.mapping(text.mapping(system.get("product")).get("vendor"))


def _known(value: object) -> str:
    """Return a name, an empty text for the site's "N/A"."""
    name = text.line(text.string(value))
    return "" if name == "N/A" else name


def _risks(notice: dict[str, Any]) -> tuple[str, ...]:
    """Return the risks in the words of the vocabulary where they are recognised.

    Three dirty forms exist on the site: an empty one is left out, one with misplaced spaces or
    accents and one that is cut are read as the only risk that they can stand for.
    """
    found: list[str] = []
    for item in text.mappings(notice.get("risks")):
        published = text.line(text.string(item.get("description")))
        letters = _letters(published)
        likely = [risk for risk in RISKS if _letters(risk) == letters]
        if not likely and len(letters) >= 12:
            likely = [risk for risk in RISKS if _letters(risk).startswith(letters)]
        found.append(likely[0] if len(likely) == 1 else published)
    return tuple(dict.fromkeys(filter(None, found)))


def _letters(words: str) -> str:
    """Return the letters of a phrase, lower case, without accents or anything between them."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", words).lower() if sign.isalpha())


def _remediations(notice: dict[str, Any]) -> tuple[str, ...]:
    """Return the sections on solutions and workarounds, then the remark under the affected systems."""
    parts = _SECTION.split(text.string(notice.get("content")))
    sections = [(parts[i].lower(), parts[i + 1]) for i in range(1, len(parts) - 1, 2)]
    found = [plain(body) for head, body in sections if "solution" in head or "contournement" in head]
    if text.mappings(notice.get("affected_systems")):
        found.append(plain(text.string(notice.get("affected_systems_content"))))
    return tuple(dict.fromkeys(filter(None, found)))


def _references(notice: dict[str, Any]) -> tuple[Reference, ...]:
    """Return the vendors' advisories and the other links, those that have an address."""
    found: dict[str, Reference] = {}
    for item in text.mappings(notice.get("vendor_advisories")) + text.mappings(notice.get("links")):
        url = text.link(text.string(item.get("url")))
        if url:
            found.setdefault(url, Reference(url, text.line(text.string(item.get("title")))))
    return tuple(found.values())
