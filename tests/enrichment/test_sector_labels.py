"""Labels say whether their publisher means health, and only health."""

import pytest

from enrichment.relevance.sector_labels import health_labels


@pytest.mark.parametrize(
    "labels",
    [
        ["sector:Healthcare and Public Health"],
        ["sector:Healthcare and public Health"],
        ["sector:Healthcare, Public Health"],
        ["sector:Health, Public Health"],
        ["sector:Healthcare and Public Health Sector"],
        ["sector: Healthcare and Public Health"],
        ["csaf:csaf_security_advisory", "sector:Healthcare", "sector:Public Health"],
        ["sector:Critical Infrastructure Sectors", "sector:Healthcare and Public Health Sector"],
        ["sector:Santé"],
        ["Healthcare"],
        ['misp-galaxy:sector="Health"'],
        ['dhs-ciip-sectors:DHS-critical-sectors="healthcare-public"'],
        ['eu-nis-sector-and-subsectors:eu-nis-oes="health"'],
        ['nis2:impact-subsectors-impacted="medical-devices-subsector"'],
        ["tlp:clear", 'nis:impact-sectors-impacted="health"'],
    ],
)
def test_health_alone(labels: list[str]) -> None:
    found = health_labels(labels)
    assert found is not None and found.alone


@pytest.mark.parametrize(
    "labels",
    [
        ["sector:Chemical, Energy, Healthcare and Public Health, Transportation Systems, andWater"],
        ["sector:Energy, Healthcare, Financial Services and Public Health"],
        ["sector:Energy", "sector:Healthcare and Public Health"],
        ['misp-galaxy:sector="Health"', 'misp-galaxy:sector="Finance"'],
    ],
)
def test_health_among_others(labels: list[str]) -> None:
    found = health_labels(labels)
    assert found is not None and not found.alone


@pytest.mark.parametrize(
    "labels",
    [
        [],
        ["sector:Energy"],
        ["Health check"],
        ["health data"],
        ["sector:"],
        ['misp-galaxy:sector="Hospitality"'],
        ['misp-galaxy:threat-actor="Health Hunters"'],
        ["tlp:clear", "ransomware"],
    ],
)
def test_other_labels_say_nothing_of_health(labels: list[str]) -> None:
    assert health_labels(labels) is None


def test_evidence_is_the_sector_without_its_prefix() -> None:
    found = health_labels(["tlp:clear", 'misp-galaxy:sector="Health"'])
    assert found is not None
    (evidence,) = found.evidence
    assert (evidence.field, evidence.text) == ("labels[1]", "Health")
