"""Products, versions and status are taken from every form in which publishers write them."""

from pathlib import Path

import pytest

from collectors import certfr
from enrichment.products import (
    ProductRange,
    Status,
    from_affected,
    from_cpe,
    from_cve_record,
    from_purl,
    from_sentence,
)
from enrichment.version_ranges import Range
from records import Advisory, AffectedProduct, Document, Source
from tests.conftest import NOW

BEFORE_3_2 = (Range("", "3.2", True, False),)


def test_an_avis_names_its_product_in_the_sentence() -> None:
    sentence = "Pompe Cloud versions antérieures à 3.2"
    (one,) = from_affected([AffectedProduct("Pompe", "Exemple", sentence)])
    assert one == ProductRange("Exemple", "Pompe Cloud", BEFORE_3_2, Status.AFFECTED, said=sentence)


def test_an_avis_without_product_name_is_read_from_its_sentence() -> None:
    (one,) = from_affected([AffectedProduct("Pompe versions antérieures à 3.2", "Exemple")])
    assert (one.vendor, one.product, one.versions) == ("Exemple", "Pompe", BEFORE_3_2)


def test_a_version_that_follows_the_name_is_read() -> None:
    rows = [
        AffectedProduct("Pompe", "Exemple", "Pompe 15 SP4"),
        AffectedProduct("Pompe", "Exemple", "Exemple Pompe 2016 (édition 32 bits)"),
        AffectedProduct("Pompe", "Exemple", "Pompe pour salle 2 de soins"),
    ]
    assert [(one.product, one.versions) for one in from_affected(rows)] == [
        ("Pompe", (Range("15 SP4", "15 SP4"),)),
        ("Pompe", (Range("2016", "2016"),)),
        ("Pompe", ()),
    ]


def test_what_cannot_be_read_stays_as_text() -> None:
    sentence = "Pompe versions antérieures à 7.4.3 et 7.2.9"
    (one,) = from_affected([AffectedProduct("Pompe", "N/A", sentence)])
    assert (one.vendor, one.product, one.versions, one.said) == ("", "Pompe", (), sentence)
    assert from_sentence("Pompe sans le dernier correctif").product == "Pompe"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("first_affected", Status.AFFECTED),
        ("known_affected", Status.AFFECTED),
        ("fixed", Status.FIXED),
        ("known_not_affected", Status.NOT_AFFECTED),
        ("under_investigation", Status.UNDER_INVESTIGATION),
        ("recommended", None),
        ("", None),
    ],
)
def test_a_csaf_product_has_its_status(said: str, status: Status | None) -> None:
    product = AffectedProduct("Pump", "Example", "< V3.2", said, "Example / Pump / < V3.2")
    assert from_affected([product]) == [ProductRange("Example", "Pump", BEFORE_3_2, status, said="< V3.2")]


def test_a_csaf_version_is_a_version_whatever_it_looks_like() -> None:
    branch = "Example / Pump / MX-V4.1"
    rows = [
        AffectedProduct("Pump", "Example", text, "fixed", branch) for text in ("MX-V4.1", "All units", "")
    ]
    assert [one.versions for one in from_affected(rows)] == [(Range("MX-V4.1", "MX-V4.1"),), (), ()]


def test_a_product_that_is_listed_twice_is_kept_once() -> None:
    assert len(from_affected([AffectedProduct("Pompe", "Exemple")] * 2)) == 1


@pytest.mark.parametrize(
    ("cpe", "vendor", "product", "versions"),
    [
        ("cpe:2.3:a:example:infusion_pump:3.2:*:*:*:*:*:*:*", "example", "infusion pump", ("3.2",)),
        ("cpe:2.3:o:example:pump_os:3.2:update1:*:*:*:*:*:*", "example", "pump os", ("3.2 update1",)),
        (r"cpe:2.3:a:example:pump\:x\!:3\.2:-:*:*:*:*:*:*", "example", "pump:x!", ("3.2",)),
    ],
)
def test_a_cpe_is_read(cpe: str, vendor: str, product: str, versions: tuple[str]) -> None:
    one = from_cpe(cpe, Status.FIXED)
    expected = tuple(Range(version, version) for version in versions)
    assert (one.vendor, one.product, one.versions) == (vendor, product, expected)
    assert (one.status, one.cpe) == (Status.FIXED, cpe)


def test_a_cpe_tells_all_versions_from_none() -> None:
    assert from_cpe("cpe:2.3:h:example:pump:*:*:*:*:*:*:*:*").versions == (Range(),)
    assert from_cpe("cpe:2.3:h:example:pump:-:*:*:*:*:*:*:*").versions == ()


def test_a_package_url_is_read() -> None:
    one = from_purl("pkg:npm/%40example/pump@3.2.0?arch=x64#lib")
    assert (one.vendor, one.product, one.versions) == ("@example", "pump", (Range("3.2.0", "3.2.0"),))
    assert from_purl("pkg:pypi/pump").versions == ()


@pytest.mark.parametrize("text", ["", "cpe:/a:example:pump", "cpe:2.3:a:example", "cpe:2.3:x" + ":*" * 10])
def test_what_is_no_cpe_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a CPE 2\.3 name"):
        from_cpe(text)


@pytest.mark.parametrize("text", ["", "pkg:", "pkg:npm", "pkg:npm//@1", "npm/pump@1"])
def test_what_is_no_package_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a package URL"):
        from_purl(text)


def test_a_cve_record_gives_a_row_for_each_status() -> None:
    rows = from_cve_record(
        [
            {
                "vendor": "Example",
                "product": "Pump",
                "cpes": ["cpe:2.3:a:example:pump:*:*:*:*:*:*:*:*"],
                "versions": [
                    {"version": "3.0", "lessThan": "3.2", "status": "affected"},
                    {"version": "0", "lessThanOrEqual": "2.9", "status": "affected"},
                    {"version": ">= 4.0, < 4.1", "status": "affected"},
                    {"version": "3.2", "lessThanOrEqual": "3.*", "status": "unaffected"},
                    {"version": "5.0", "status": "unknown"},
                ],
            }
        ]
    )
    affected, unaffected = rows
    assert affected.versions == (
        Range("3.0", "3.2", True, False),
        Range("", "2.9"),
        Range("4.0", "4.1", True, False),
    )
    assert (affected.vendor, affected.product, affected.status) == ("Example", "Pump", Status.AFFECTED)
    assert affected.cpe.startswith("cpe:2.3:a:example")
    assert (unaffected.status, unaffected.versions) == (Status.NOT_AFFECTED, (Range("3.2", "3.x"),))


def test_commits_are_no_versions() -> None:
    entry = {"version": "9dd7f8907c37", "lessThan": "6a51ac92bf35", "status": "affected"}
    rows = from_cve_record(
        [
            {"product": "Pump", "versions": [entry | {"versionType": "git"}]},
            {"product": "Pump", "versions": [entry]},
        ]
    )
    assert [one.versions for one in rows] == [(), ()]


def test_affected_by_default_is_all_versions_or_unknown_ones() -> None:
    fixed = {"version": "3.2", "status": "unaffected"}
    whole = {"product": "Pump", "defaultStatus": "affected"}
    assert from_cve_record([whole])[0].versions == (Range(),)
    rows = from_cve_record([whole | {"versions": [fixed]}])
    assert {one.status: one.versions for one in rows} == {
        Status.NOT_AFFECTED: (Range("3.2", "3.2"),),
        Status.AFFECTED: (),
    }


@pytest.mark.parametrize(
    "read", [None, "x", {}, [1], [{"product": 5}], [{"product": "n/a", "versions": "x"}]]
)
def test_a_cve_record_of_another_shape_gives_nothing(read: object) -> None:
    assert from_cve_record(read) == []


def test_most_lines_of_the_recorded_avis_are_read(recorded: Path) -> None:
    source = Source(id="certfr", name="CERT-FR", kind="certfr", url="https://example.org/", language="fr")
    rows: list[ProductRange] = []
    for file in sorted((recorded / "certfr" / "2025").glob("*.json")):
        document = Document("certfr", "https://example.org/json/", NOW, "", "0" * 64, file.read_bytes())
        for avis in certfr.normalise(source, document):
            rows += from_affected(avis.affected) if isinstance(avis, Advisory) else []
    with_clause = [one for one in rows if "version" in one.said]
    assert sum(bool(one.vendor) for one in rows) > 0.95 * len(rows)
    assert all(one.product for one in rows)
    assert sum(bool(one.versions) for one in with_clause) > 0.88 * len(with_clause)
