"""What an advisory names, by the shipped lists or by others."""

from pathlib import Path

from enrichment.relevance.lexicon import PRODUCTS, Kind, load, shipped
from enrichment.relevance.mentions import mentions
from tests.enrichment.conftest import Build


def test_mentions_stand_in_the_order_of_the_fields(advisory: Build) -> None:
    found = mentions(advisory("BD Alaris", "An infusion pump.", affected=["OpenEMR"]))
    assert list(dict.fromkeys(mention.evidence.field for mention in found)) == [
        "title",
        "summary",
        "affected[0].name",
    ]


def test_lists_of_a_deployment_are_read_beside_the_shipped(advisory: Build, tmp_path: Path) -> None:
    local = tmp_path / "local.csv"
    row = "clinical,Exemple,Planisoin,,gestion hospitalière,planning,,no,house"
    local.write_text(f"{','.join(PRODUCTS)}\n{row}\n", encoding="utf-8")
    record = advisory("Planisoin et OpenEMR")
    assert [mention.entry.name for mention in mentions(record)] == ["OpenEMR"]
    found = mentions(record, load([*shipped(), local]))
    assert [mention.entry.name for mention in found] == ["Exemple Planisoin", "OpenEMR"]


def test_evidence_of_a_text_with_signs_that_fold_longer(advisory: Build) -> None:
    summary = "Straße… ½ ﬁn 🏥 : le DxCare de l’hôpital"
    (mention,) = (one for one in mentions(advisory("", summary)) if one.entry.kind is Kind.CLINICAL)
    assert summary[mention.evidence.start : mention.evidence.end] == mention.evidence.text == "DxCare"
