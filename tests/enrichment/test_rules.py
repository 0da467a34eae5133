"""Rules are found by their file name and applied to the records they read."""

from datetime import UTC, datetime

import enrichment
from enrichment import health_relevance
from records import TLP, Advisory, Background, Marking, Provenance, Vulnerability
from tests.enrichment.conftest import Build


def test_every_rule_is_listed_with_its_version() -> None:
    assert enrichment.rules()["health_relevance"] == health_relevance.VERSION


def test_an_advisory_gets_the_conclusion_of_its_rule(advisory: Build) -> None:
    record: Advisory = advisory("MicroDicom DICOM Viewer")
    made = {assessment.rule: assessment for assessment in enrichment.assess(record, Background())}
    assessment = made["health_relevance"]
    assert assessment.subject_id == record.id
    assert assessment.version == health_relevance.VERSION
    assert assessment.made_at is None


def test_a_record_that_no_rule_reads_gets_nothing() -> None:
    weakness = Vulnerability(
        id="1",
        source_id="example",
        cve="CVE-2024-1234",
        provenance=Provenance("example", "https://example.org/", "0" * 64, datetime(2025, 7, 20, tzinfo=UTC)),
        marking=Marking(TLP.CLEAR),
    )
    assert enrichment.assess(weakness, Background()) == []
