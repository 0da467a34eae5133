"""The vendors and families of an advisory: one spelling each, for the facets of the site."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from collectors import certfr, csaf
from enrichment.families import MOST, families, vendor_names, vendors
from records import Advisory, AffectedProduct, Document, Source
from tests.conftest import NOW

Build = Callable[..., Advisory]


@pytest.mark.parametrize(
    ("published", "names"),
    [
        ("FORTINET", ("Fortinet",)),
        ("Fortinet, Inc.", ("Fortinet",)),
        ("fortinet", ("Fortinet",)),
        ("MOXA", ("Moxa",)),
        ("ABB", ("ABB",)),
        ("WAGO Kontakttechnik GmbH & Co. KG", ("WAGO Kontakttechnik",)),
        ("PHOENIX CONTACT", ("Phoenix Contact",)),
        ("Becton, Dickinson and Company (BD)", ("BD",)),
        ("Schneider Electric Software, LLC", ("Schneider Electric",)),
        ("GE Healthcare", ("GE HealthCare",)),
        ("Hillrom", ("Hill-Rom",)),
        ("Continental AG", ("Continental",)),
        ("The Apache Software Foundation", ("Apache",)),
        ("GeutebrÃ¼ck GmbH", ("Geutebrück",)),
        ("ABB, Phoenix Contact, Siemens, and WAGO", ("ABB", "Phoenix Contact", "Siemens", "WAGO")),
        (
            "Sensormatic Electronics, LLC, Johnson Controls Inc.",
            ("Sensormatic Electronics", "Johnson Controls"),
        ),
        ("CKS, a subsidiary of Johnson Controls Inc.", ("CKS", "Johnson Controls")),
        ("Dahua Technology Co, Ltd", ("Dahua Technology",)),
        ("N/A", ()),
        ("", ()),
        (" - ", ()),
        ("Inc.", ()),
        ("multiple open source", ()),
        ("unspecified", ()),
    ],
)
def test_published_vendor_becomes_the_name_readers_know(published: str, names: tuple[str, ...]) -> None:
    assert vendor_names(published) == names


def test_vendors_stand_once_in_the_order_of_first_mention(advisory: Build) -> None:
    made = ["Siemens AG", "", "Oracle", "SIEMENS", "n/a", "Oracle Corporation"]
    record = replace(advisory(), affected=tuple(AffectedProduct("X", vendor) for vendor in made))
    assert vendors(record) == ("Siemens", "Oracle")


def test_vendors_are_few_however_many_are_published(advisory: Build) -> None:
    record = replace(advisory(), affected=tuple(AffectedProduct("X", f"Vendor {n}") for n in range(500)))
    assert vendors(record) == tuple(f"Vendor {n}" for n in range(MOST))


@pytest.mark.parametrize("published", ["," * 100_000, "(" * 100_000, "Inc " * 50_000, "\u202e\x00" * 1_000])
def test_endless_vendor_costs_no_more_than_a_long_one(published: str) -> None:
    started = time.perf_counter()
    assert len(vendor_names(published)) <= 1
    assert time.perf_counter() - started < 0.5


def test_cleared_product_names_no_vendor(advisory: Build) -> None:
    cleared = AffectedProduct("Firefox", "Mozilla", status="known_not_affected")
    assert vendors(replace(advisory("Flaw in a library"), affected=(cleared,))) == ()


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Multiples vulnérabilités dans les produits Ivanti", ("Ivanti",)),
        ("Critical flaw in FortiGate exploited", ("Fortinet",)),
        ("Vulnérabilité dans Veeam Backup", ("Veeam",)),
        ("Vulnérabilité dans Oracle Argus Insight", ("Oracle Health",)),
        ("Une cyberattaque paralyse un groupement hospitalier", ()),
        ("A better oracle of merged appliances", ()),
    ],
)
def test_without_a_published_vendor_the_title_tells_it(
    advisory: Build, title: str, names: tuple[str, ...]
) -> None:
    assert vendors(advisory(title)) == names


def test_without_a_word_in_the_title_the_products_tell_it(advisory: Build) -> None:
    record = advisory("Multiples vulnérabilités", affected=["Versions antérieures à IBM Lotus Expeditor 6.2"])
    assert vendors(record) == ("IBM",)


@pytest.mark.parametrize(
    ("title", "affected", "names"),
    [
        ("Vulnérabilité dans Fortinet FortiOS", (), ("pare-feu et accès distant",)),
        ("Baxter Prismaflex", (), ("dialyse",)),
        ("Medtronic Micro Clinician", (), ("neurologie",)),
        ("Medtronic apps", (), ("cardiologie implantable",)),
        ("Vulnérabilité", ("GitLab", "Veeam Backup"), ("messagerie et collaboration", "sauvegarde")),
        ("Multiples vulnérabilités dans Rockwell Arena", (), ()),
        ("", (), ()),
    ],
)
def test_families_are_those_of_the_named_products(
    advisory: Build, title: str, affected: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert families(advisory(title, affected=affected)) == names


def test_family_is_not_taken_from_the_text(advisory: Build) -> None:
    assert families(advisory("Flaw in a plug-in", "As earlier in Fortinet FortiOS and Veeam.")) == ()


def test_clinical_family_comes_first(advisory: Build) -> None:
    assert families(advisory("Veeam and Baxter Prismaflex"))[0] == "dialyse"


def test_most_recorded_notices_have_a_vendor_and_a_family(recorded: Path) -> None:
    french, american = list(french_notices(recorded)), list(american_notices(recorded))
    started = time.perf_counter()
    told = [(vendors(record), families(record)) for record in (*french, *american)]
    assert time.perf_counter() - started < len(told) / 2_000 * 3  # a third of that where nothing else runs
    made, kin = ([bool(pair[place]) for pair in told] for place in (0, 1))
    assert sum(made[: len(french)]) >= 0.97 * len(french)
    assert sum(made[len(french) :]) >= 0.99 * len(american)
    assert sum(kin[: len(french)]) >= 0.9 * len(french)
    care = [
        pair[1]
        for record, pair in zip((*french, *american), told, strict=True)
        if "ICSMA" in record.native_id
    ]
    assert sum(map(bool, care)) >= 0.98 * len(care)


def french_notices(recorded: Path) -> Iterator[Advisory]:
    source = Source(id="certfr", name="CERT-FR", kind="certfr", url="https://example.org/", language="fr")
    for path in sorted((recorded / "certfr" / "2025").glob("*.json")):
        (record,) = certfr.normalise(source, document(source, path))
        if isinstance(record, Advisory):
            yield record


def american_notices(recorded: Path) -> Iterator[Advisory]:
    source = Source(id="cisa", name="CISA", kind="csaf", url="https://example.org/")
    for path in sorted((recorded / "csaf" / "cisa").rglob("*/white/202[234]/*.json")):
        found = csaf.normalise(source, document(source, path))
        yield from (record for record in found if isinstance(record, Advisory))


def document(source: Source, path: Path) -> Document:
    body = path.read_bytes()
    url = f"https://example.org/{path.name}"
    return Document(source.id, url, NOW, "application/json", sha256(body).hexdigest(), body)
