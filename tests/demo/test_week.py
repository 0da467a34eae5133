"""The recorded week is sound: what it should hold is there and valid, what is wrong is wrong on purpose."""

import csv
import gzip
import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cvss import CVSS3
from pymisp import MISPEvent
from stix2validator import ValidationOptions, validate_string

WEEK = Path(__file__).resolve().parents[2] / "demo" / "week"
CISA = WEEK / "raw.githubusercontent.com/cisagov/CSAF/develop/csaf_files/OT/white"
PULSEMED = WEEK / "psirt.pulsemed.example/csaf/white"
CERTFR = WEEK / "www.cert.ssi.gouv.fr"
MISP = WEEK / "misp.partage-sante.example/feed"
STIX = WEEK / "cti.partage-sante.example/stix/semaine.json"
OBJECTS = WEEK / "taxii.partage-sante.example/taxii2/sante/collections"

CSAF_DOCUMENTS = sorted([*CISA.glob("20*/*.json"), *PULSEMED.glob("20*/*.json")])
NOTICES = sorted(CERTFR.glob("*/CERTFR-*/json/index.json"))
WITHOUT_ID = CISA / "2025/icsa-25-199-99.json"
REAL_ADDRESSES = {"107.191.58.76", "104.238.159.149", "96.9.125.147", "202.114.4.119", "202.114.4.120"}
NOT_ADDRESSES = {"0.0.0.0", "127.0.0.1", "10.20.30.40", "192.168.0.0"}  # local, or wrong on purpose


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def name_of(path: Path) -> str:
    return path.name if path.name != "index.json" else path.parts[-3]


@pytest.mark.parametrize("path", sorted(WEEK.rglob("*.json")), ids=lambda path: str(path.relative_to(WEEK)))
def test_every_json_document_parses(path: Path) -> None:
    assert read(path)


def test_no_indicator_can_harm() -> None:
    for path in (MISP, STIX.parent, OBJECTS, WEEK / "listes.partage-sante.example"):
        for file in filter(Path.is_file, path.rglob("*")):
            found = set(re.findall(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", file.read_text("utf-8")))
            documentation = {a for a in found if a.startswith(("192.0.2.", "198.51.100.", "203.0.113."))}
            assert found - documentation <= REAL_ADDRESSES | NOT_ADDRESSES | {"32.61.113.0", "28.240.100.51"}


# CERT-FR


def test_the_listings_name_every_notice() -> None:
    listed = [row for kind in ("avis", "alerte") for row in read(CERTFR / kind / "json/index.json")]
    assert {f"{CERTFR}{row['json_url']}index.json" for row in listed} == {str(path) for path in NOTICES}
    for row in listed:
        notice = read(Path(f"{CERTFR}{row['json_url']}index.json"))
        assert notice["reference"] == row["reference"]
        assert notice["revisions"][-1]["revision_date"] == row["last_revision_date"] < "2025-07-21"


@pytest.mark.parametrize("path", NOTICES, ids=name_of)
def test_a_notice_has_the_fields_of_the_site(path: Path) -> None:
    notice = read(path)
    assert set(notice) == {
        "$ref", "affected_systems", "affected_systems_content", "content", "cves", "links", "reference",
        "revisions", "risks", "summary", "title", "vendor_advisories",
    }  # fmt: skip
    assert notice["affected_systems"] and notice["risks"] and notice["vendor_advisories"]
    assert all(re.fullmatch(r"CVE-\d{4}-\d{4,}", cve["name"]) for cve in notice["cves"])
    assert not re.search(r" [:;?!»]|« ", notice["summary"]), "a French sign without its non-breaking space"


def test_the_notices_hold_the_cases_we_show() -> None:
    notices = [read(path) for path in NOTICES]
    assert any(len(notice["revisions"]) > 1 for notice in notices)
    assert any(len(notice["cves"]) > 100 for notice in notices)
    assert any(not notice["cves"] for notice in notices)
    assert any(s["product"]["name"] == "N/A" for notice in notices for s in notice["affected_systems"])


# CSAF


@pytest.mark.parametrize("path", CSAF_DOCUMENTS, ids=name_of)
def test_a_csaf_document_has_its_digest_beside_it(path: Path) -> None:
    digest, name = path.with_name(f"{path.name}.sha512").read_text().split()
    assert (digest, name) == (hashlib.sha512(path.read_bytes()).hexdigest(), path.name)


@pytest.mark.parametrize("path", [p for p in CSAF_DOCUMENTS if p != WITHOUT_ID], ids=name_of)
def test_a_csaf_document_has_what_csaf_requires(path: Path) -> None:
    document = read(path)
    head = document["document"]  # CSAF 2.0 § 3.2.1
    assert head["csaf_version"] == "2.0" and head["category"] in ("csaf_security_advisory", "csaf_vex")
    assert head["title"] and {"category", "name", "namespace"} <= set(head["publisher"])
    tracking = head["tracking"]  # § 3.2.1.12
    history = tracking["revision_history"]
    assert tracking["status"] in ("final", "interim") and tracking["version"] == history[-1]["number"]
    assert tracking["initial_release_date"] == history[0]["date"]
    assert tracking["current_release_date"] == history[-1]["date"]
    assert path.name == re.sub(r"[^+\-a-z0-9]+", "_", tracking["id"].lower()) + ".json"  # § 5.1
    assert any(reference["category"] == "self" for reference in head["references"])
    known = products(document["product_tree"])
    assert document["vulnerabilities"]
    for weakness in document["vulnerabilities"]:
        assert used(weakness) <= known  # § 6.1.1
        assert weakness["notes"] and weakness["product_status"]
        for score in weakness.get("scores", []):
            assert_consistent(score["cvss_v3"])


def products(branch: dict[str, Any]) -> set[str]:
    """Return the product ids below a branch of a product tree (CSAF 2.0 § 3.2.2)."""
    own = {branch["product"]["product_id"]} if "product" in branch else set()
    return own.union(*(products(child) for child in branch.get("branches", [])))


def used(weakness: dict[str, Any]) -> set[str]:
    """Return the product ids that a vulnerability refers to."""
    named = [weakness["product_status"].values()]
    named += [[item["product_ids"] for item in weakness.get(key, [])] for key in ("remediations", "flags")]
    named += [[item["products"] for item in weakness.get("scores", [])]]
    return {product for group in named for ids in group for product in ids}


def assert_consistent(score: dict[str, Any]) -> None:
    """Check that vector, base score and severity of a CVSS 3 score agree (CSAF 2.0 § 6.1.9)."""
    computed = CVSS3(score["vectorString"])
    assert score["vectorString"].startswith(f"CVSS:{score['version']}/")
    assert score["baseScore"] == float(computed.base_score)
    assert score["baseSeverity"] == computed.severities()[0].upper()


def test_one_csaf_document_has_no_identifier() -> None:
    assert [p for p in CSAF_DOCUMENTS if "id" not in read(p)["document"]["tracking"]] == [WITHOUT_ID]


def test_the_medical_documents_say_that_they_concern_care() -> None:
    medical = list(CISA.glob("20*/icsma-*.json"))
    assert len(medical) >= 6
    for path in medical:
        notes = read(path)["document"]["notes"]
        assert [n["text"] for n in notes if n["title"] == "Critical infrastructure sectors"] == [
            "Healthcare and Public Health"
        ]


def test_the_rolie_feed_names_every_document_and_its_digest() -> None:
    entries = read(CISA / "cisa-csaf-ot-feed-tlp-white.json")["feed"]["entry"]
    links = {link["href"] for entry in entries for link in entry["link"]}
    addresses = {f"https://{path.relative_to(WEEK)}" for path in CISA.glob("20*/*.json*")}
    assert links == addresses
    assert [entry["updated"] for entry in entries] == sorted((e["updated"] for e in entries), reverse=True)


def test_the_directory_lists_every_document() -> None:
    documents = {str(path.relative_to(PULSEMED)): read(path) for path in PULSEMED.glob("20*/*.json")}
    assert set((PULSEMED / "index.txt").read_text().split()) == set(documents)
    changes = dict(csv.reader((PULSEMED / "changes.csv").read_text().splitlines()))
    assert changes == {
        name: document["document"]["tracking"]["current_release_date"] for name, document in documents.items()
    }


# MISP


@pytest.mark.parametrize("path", sorted(MISP.glob("*-*.json")), ids=lambda path: path.stem[:8])
def test_a_misp_event_loads_and_its_hashes_are_listed(path: Path) -> None:
    event = MISPEvent()
    event.load_file(str(path))
    assert event.uuid == path.stem
    listed = [line.split(",") for line in (MISP / "hashes.csv").read_text().split()]
    assert sorted(event.attributes_hashes("md5")) == sorted(h for h, uuid in listed if uuid == event.uuid)
    entry = read(MISP / "manifest.json")[event.uuid]
    assert isinstance(event.timestamp, datetime)
    assert (entry["info"], int(entry["timestamp"])) == (event.info, event.timestamp.timestamp())


def test_the_manifest_names_every_event() -> None:
    assert set(read(MISP / "manifest.json")) == {path.stem for path in MISP.glob("*-*.json")}


# STIX and TAXII


@pytest.mark.parametrize("version", ["bundle", "collection"])
def test_the_stix_objects_are_valid(version: str) -> None:
    if version == "bundle":
        text = STIX.read_text("utf-8")
    else:
        (page,) = OBJECTS.glob("*/objects/index.json")
        text = json.dumps({"type": "bundle", "id": read(STIX)["id"], "objects": read(page)["objects"]})
    result = validate_string(text, ValidationOptions(version="2.1"))
    assert result.is_valid, [str(error) for found in result.object_results for error in found.errors]


def test_the_taxii_collection_is_where_the_discovery_leads() -> None:
    discovery = read(WEEK / "taxii.partage-sante.example/taxii2/index.json")
    assert discovery["api_roots"] == ["https://taxii.partage-sante.example/taxii2/sante/"]
    (collection,) = read(OBJECTS / "index.json")["collections"]
    assert collection == read(OBJECTS / collection["id"] / "index.json")
    manifest = read(OBJECTS / collection["id"] / "manifest/index.json")["objects"]
    objects = read(OBJECTS / collection["id"] / "objects/index.json")["objects"]
    versioned = {item["id"] for item in objects if item["type"] != "marking-definition"}
    assert {item["id"] for item in manifest} == versioned


# Vulnerabilities


def test_the_catalogue_counts_its_entries() -> None:
    catalogue = read(WEEK / "www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json")
    entries = catalogue["vulnerabilities"]
    assert catalogue["count"] == len({entry["cveID"] for entry in entries}) == len(entries) >= 12
    assert all(entry["dateAdded"] <= "2025-07-20" for entry in entries)
    assert {entry["knownRansomwareCampaignUse"] for entry in entries} == {"Known", "Unknown"}


def test_the_epss_file_unpacks_to_the_scores_of_the_day() -> None:
    packed = (WEEK / "epss.empiricalsecurity.com/epss_scores-current.csv.gz").read_bytes()
    assert packed[4:8] == bytes(4), "packed with a time: use gzip -n, so that it can be made again"
    model, *rows = gzip.decompress(packed).decode().splitlines()
    assert re.fullmatch(r"#model_version:v\d{4}\.\d\d\.\d\d,score_date:2025-07-20T.+", model)
    scores = list(csv.DictReader(rows))
    assert len(scores) == len({row["cve"] for row in scores}) >= 60
    assert all(0 <= float(row[key]) <= 1 for row in scores for key in ("epss", "percentile"))
