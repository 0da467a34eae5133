"""Write what the cell itself says as CSAF 2.0 documents (OASIS, November 2022), with the lists that lead to them.

The bulletins of the outbox become documents under `csaf/<label>/<year>/`, each with its hashes, listed by an
`index.txt`, a `changes.csv` and provider metadata (§§ 7.1.7, 7.1.11-7.1.13, 7.1.18). The role claimed is
`csaf_publisher`: a provider by directories must let its server list them (§ 7.1.14) and guard AMBER and RED
(§ 7.1.5), which whoever serves our files decides. Documents are not signed.

What is lost: indicators (they are on the lists, in STIX and in MISP), PAP but in words, and the withdrawal
itself, for which CSAF 2.0 has no means: a bulletin taken back says so in its title, its notes and its last
revision. A bulletin marked AMBER+STRICT has no label in CSAF 2.0, and no document.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256, sha512
from typing import Any

import orjson

from publishing.addresses import advisory_page
from publishing.escaping import address, plain
from publishing.layout import Site
from publishing.weaknesses import CVE
from records import TLP, Advisory, AffectedProduct, Category, Revision, Source, Story

KIND = "bulletin_outbox"  # the kind of source that holds what the cell itself writes
METADATA = ".well-known/csaf/provider-metadata.json"
LABELS = {TLP.CLEAR: "WHITE", TLP.GREEN: "GREEN", TLP.AMBER: "AMBER", TLP.RED: "RED"}  # § 3.2.1.5.2.1
HARMED = ("first_affected", "known_affected", "last_affected")
TELLING = (
    *HARMED,
    "first_fixed",
    "fixed",
    "known_not_affected",
    "under_investigation",
)  # one must be said (§ 4.4)
STATUSES = (*TELLING, "recommended")  # § 3.2.3.9

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _File:
    """One document: its folder (`csaf/white/`), its path in it, when it last changed, its bytes."""

    folder: str
    name: str
    changed_at: str
    body: bytes


def csaf_path(advisory: Advisory, source: Source) -> str:
    """Return where the CSAF document of an advisory is, below the site's root; empty where it has none."""
    own = source.kind == KIND and advisory.category is Category.BULLETIN
    if not own or advisory.marking.tlp not in LABELS:
        return ""
    year = _steps(advisory)[0].at.year
    return f"csaf/{LABELS[advisory.marking.tlp].lower()}/{year}/{_file_name(advisory.native_id)}"


def csaf_files(stories: Iterable[Story], site: Site) -> dict[str, bytes]:
    """Return every file of the CSAF distribution by its path below the site's root; none without a bulletin.

    The same stories give the same bytes, in whatever order. Of two documents of one name, which two outboxes
    could give, the one first published stays.
    """
    found: dict[str, _File] = {}
    for story in sorted(stories, key=lambda one: (_steps(one.advisory)[0].at, one.advisory.id)):
        path = csaf_path(story.advisory, story.source)
        if path:
            found.setdefault(path, _file(path, story, site))
    if not found:
        return {}
    files: dict[str, bytes] = {}
    for path, file in found.items():
        files |= {path: file.body, **_hashes(path, file.body)}
    for folder in sorted({file.folder for file in found.values()}):
        files |= _listings(folder, [file for file in found.values() if file.folder == folder])
    return files | {METADATA: _json(_metadata(found.values(), site))}


def document(story: Story, site: Site, path: str) -> Json:
    """Return the CSAF document of a bulletin that is published at `path`."""
    advisory = story.advisory
    products = _products(advisory)
    cves = [cve for cve in dict.fromkeys(advisory.cves) if CVE.fullmatch(cve)]
    external = _external(advisory, cves)
    advises = bool(cves and products)
    head: Json = {
        "category": _category(advises=advises, refers=bool(external)),
        "csaf_version": "2.0",
        "distribution": _distribution(advisory),
        "lang": advisory.language or "fr",
        "notes": list(_notes(advisory)),
        "publisher": _publisher(site),
        "references": [*_own_references(story, site, path), *external],
        "title": _title(advisory),
        "tracking": _tracking(advisory),
    }
    if not advises:
        return {"document": head}
    return {
        "document": head,
        "product_tree": {"full_product_names": [_named(place, one) for place, one in enumerate(products, 1)]},
        "vulnerabilities": [_vulnerability(cve, products, advisory.remediations) for cve in cves],
    }


def _category(*, advises: bool, refers: bool) -> str:
    """Return the profile that a document meets: an informational advisory refers to another's text (§ 4.3), an
    account of an incident need not (§ 4.2).
    """
    if advises:
        return "csaf_security_advisory"
    return "csaf_informational_advisory" if refers else "csaf_security_incident_response"


def _distribution(advisory: Advisory) -> Json:
    tlp, pap = advisory.marking.tlp, advisory.marking.pap
    return {
        "text": f"TLP:{tlp.label} (TLP 2.0), PAP:{pap.name}",
        "tlp": {"label": LABELS[tlp], "url": "https://www.first.org/tlp/"},
    }


def _notes(advisory: Advisory) -> Iterator[Json]:
    if advisory.withdrawn_at:
        day = advisory.withdrawn_at.astimezone(UTC).date()
        yield _note("general", "Retrait", f"Ce bulletin a été retiré le {day}. Il ne doit plus être suivi.")
    yield _note("summary", "Résumé", advisory.summary.strip() or _title(advisory))
    if advisory.body.strip():
        yield _note("details", "Bulletin", advisory.body)


def _note(category: str, title: str, text: str) -> Json:
    return {"category": category, "title": title, "text": text}


def _publisher(site: Site) -> Json:
    publisher = {"category": "coordinator", "name": site.cell or site.name, "namespace": site.url}
    return publisher | ({"contact_details": site.contact} if site.contact else {})


def _own_references(story: Story, site: Site, path: str) -> list[Json]:
    """Return the document's own address (§ 6.2.11), and the page for people."""
    return [
        _reference("self", "Ce document CSAF", f"{site.url}{path}"),
        _reference(
            "self", "Page du bulletin", f"{site.url}{advisory_page(story.advisory, story.first_seen_at)}"
        ),
    ]


def _external(advisory: Advisory, cves: Iterable[str]) -> list[Json]:
    said = [(plain(one.url), plain(one.title)) for one in advisory.references if address(one.url)]
    said += [(f"https://www.cve.org/CVERecord?id={cve}", cve) for cve in cves]
    return [_reference("external", title or url, url) for url, title in dict(said).items()]


def _reference(category: str, summary: str, url: str) -> Json:
    return {"category": category, "summary": summary, "url": url}


def _title(advisory: Advisory) -> str:
    title = plain(advisory.title) or advisory.native_id
    return f"[Retiré] {title}" if advisory.withdrawn_at else title


def _tracking(advisory: Advisory) -> Json:
    """Return the history (§ 3.2.1.12): whole numbers from 1, one for each dated step."""
    steps = _steps(advisory)
    history = [
        {"date": _instant(one.at), "number": str(number), "summary": plain(one.description) or "Mise à jour."}
        for number, one in enumerate(steps, 1)
    ]
    return {
        "current_release_date": history[-1]["date"],
        "generator": {"engine": {"name": "Vigie"}},
        "id": advisory.native_id,
        "initial_release_date": history[0]["date"],
        "revision_history": history,
        "status": "final",
        "version": history[-1]["number"],
    }


def _steps(advisory: Advisory) -> list[Revision]:
    """Return the steps of a bulletin's history by date: publication first, the last change last."""
    steps = sorted(advisory.revisions, key=lambda one: one.at)
    published = advisory.published_at or advisory.provenance.received_at
    if not steps or published < steps[0].at:
        steps.insert(0, Revision(published, "Première publication."))
    for at in (advisory.updated_at, advisory.withdrawn_at):
        if at and at > steps[-1].at:
            steps.append(Revision(at, "Mise à jour."))
    return steps


def _products(advisory: Advisory) -> tuple[AffectedProduct, ...]:
    """Return the products of which a status of CSAF is said; one that is only listed is affected."""
    named = (one for one in dict.fromkeys(advisory.affected) if plain(one.name))
    kept = tuple(one for one in named if one.status in STATUSES or not one.status)
    return kept if any(_status(one) in TELLING for one in kept) else ()


def _status(product: AffectedProduct) -> str:
    return product.status or "known_affected"


def _product_id(place: int) -> str:
    return f"CSAFPID-{place:04}"


def _named(place: int, product: AffectedProduct) -> Json:
    words = (product.vendor, product.name, product.versions)
    return {"name": plain(" ".join(filter(None, words))), "product_id": _product_id(place)}


def _vulnerability(cve: str, products: Iterable[AffectedProduct], remedies: Iterable[str]) -> Json:
    by_status: dict[str, list[str]] = {}
    for place, product in enumerate(products, 1):
        by_status.setdefault(_status(product), []).append(_product_id(place))
    value: Json = {
        "cve": cve,
        "notes": [_note("general", "Vulnérabilité", "Vulnérabilité citée dans ce bulletin.")],
        "product_status": by_status,
    }
    harmed = [name for status in HARMED for name in by_status.get(status, ())]
    details = [text.strip() for text in remedies if text.strip()]
    if harmed and details:
        value["remediations"] = [
            {"category": "mitigation", "details": text, "product_ids": harmed} for text in details
        ]
    return value


def _file_name(tracking_id: str) -> str:
    """Return the name of a document's file by the rule of § 5.1."""
    return re.sub(r"[^+\-a-z0-9]+", "_", tracking_id.lower()) + ".json"


def _file(path: str, story: Story, site: Site) -> _File:
    value = document(story, site, path)
    folder, _, rest = path.removeprefix("csaf/").partition("/")
    changed_at = value["document"]["tracking"]["current_release_date"]
    return _File(f"csaf/{folder}/", rest, changed_at, _json(value))


def _hashes(path: str, body: bytes) -> dict[str, bytes]:
    """Return the files of a document's hashes (§ 7.1.18): hexadecimal, two spaces, its name."""
    name = path.rpartition("/")[2]
    digests = {"sha256": sha256(body).hexdigest(), "sha512": sha512(body).hexdigest()}
    return {f"{path}.{kind}": f"{digest}  {name}\n".encode() for kind, digest in digests.items()}


def _listings(folder: str, files: Iterable[_File]) -> dict[str, bytes]:
    """Return the list of a folder's documents, and that of their changes, the last first."""
    names = sorted(file.name for file in files)
    changes = sorted(((file.changed_at, file.name) for file in files), reverse=True)
    rows = (f'"{name}","{changed_at}"' for changed_at, name in changes)
    return {f"{folder}index.txt": _lines(names), f"{folder}changes.csv": _lines(rows)}


def _metadata(files: Iterable[_File], site: Site) -> Mapping[str, object]:
    """Return the provider metadata (§ 7.1.7); aggregators are welcome to what the Internet can reach."""
    kept = list(files)
    public = site.url.startswith("https://")
    return {
        "canonical_url": f"{site.url}{METADATA}",
        "distributions": [
            {"directory_url": f"{site.url}{folder}"} for folder in sorted({file.folder for file in kept})
        ],
        "last_updated": max(file.changed_at for file in kept),
        "list_on_CSAF_aggregators": public,
        "metadata_version": "2.0",
        "mirror_on_CSAF_aggregators": public,
        "publisher": _publisher(site),
        "role": "csaf_publisher",
    }


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
