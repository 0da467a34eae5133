"""The machine twin of a story's page: valid under its schema, whole, and the same for the same story."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from enrichment.ioc_extraction import assess
from publishing.carding import card
from publishing.stories import View, groups, view
from publishing.twins import story_json
from records import TLP, Background, Category, Difference, Edition, Marking, Tier
from settings import ROOT
from tests.publishing import editions

SCHEMA = json.loads((ROOT / "site" / "schemas" / "story-1.json").read_bytes())
BOARD = "http://malware.example.org/a"
Json = dict[str, Any]


def shown(edition: Edition) -> list[View]:
    return [view(group, edition.vulnerabilities) for group in groups(edition)]


def twin(story: View) -> Json:
    value: Json = json.loads(story_json(story.address, story.told, card(story)))
    return value


@pytest.fixture(scope="module")
def twins() -> dict[str, Json]:
    found = map(twin, shown(editions.edition()))
    return {one["notices"][0]["native_id"]: one for one in found}


def closed(schema: Any) -> Any:
    """Return the schema with every object shut: what it does not name is wrong."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(value) for name, value in schema.items()}
    if "properties" in shut:
        shut["additionalProperties"] = False
    return shut


def test_schema_is_one_and_names_every_member_of_every_twin(twins: dict[str, Json]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(closed(SCHEMA), format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert len(twins) == len(editions.stories())
    for native_id, one in twins.items():
        assert not [f"{native_id} {error.json_path}: {error.message}" for error in validator.iter_errors(one)]


def test_schema_refuses_a_twin_with_a_wrong_date(twins: dict[str, Json]) -> None:
    wrong = twins["ICSMA-25-198-01"] | {"published_at": "20 juillet 2025"}
    assert not Draft202012Validator(SCHEMA).is_valid(wrong)


def test_vulnerability_says_vector_issuer_listing_and_forecast(twins: dict[str, Json]) -> None:
    found = {one["cve"]: one for one in twins["CERTFR-2025-AVI-0607"]["vulnerabilities"]}
    exploited = found["CVE-2025-53770"]
    assert exploited["cvss"] == [
        {
            "version": "3.1",
            "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "issuer": "Microsoft",
            "score": 9.8,
            "severity": "critical",
        }
    ]
    assert exploited["epss"] == {"probability": 0.9421, "percentile": 0.999, "model_on": "2025-07-19"}
    assert exploited["known_exploited"] == [
        {"catalogue": "CISA KEV", "added_on": "2025-07-18", "due_on": None, "ransomware": True}
    ]
    unreadable = found["CVE-2025-49706"]["cvss"][0]
    assert (unreadable["vector"], unreadable["score"], unreadable["severity"]) == (
        '<b>AV" onload=x',
        None,
        None,
    )


def test_affected_product_has_its_words_and_the_ranges_read_from_them(twins: dict[str, Json]) -> None:
    (first, second) = twins["ICSMA-25-198-01"]["notices"][0]["affected"]
    assert (first["versions"], first["status"]) == ("< 3.2.1", "known_affected")
    assert first["ranges"] == [{"low": None, "low_included": True, "high": "3.2.1", "high_included": False}]
    assert (second["name"], second["status"]) == ("Infusion Pump Y", "fixed")


def test_reasons_are_said_in_both_languages(twins: dict[str, Json]) -> None:
    (reason,) = twins["ICSMA-25-198-01"]["relevance"]["reasons"]
    assert (reason["fr"], reason["en"]) == ("produit présent dans les hôpitaux", "hospital product")


def test_withdrawal_is_visible(twins: dict[str, Json]) -> None:
    gone = twins["CERTFR-2025-AVI-0500"]
    assert gone["withdrawn"] is True
    assert gone["notices"][0]["withdrawn_at"] == "2025-07-18T18:00:00Z"


def test_address_that_no_page_would_link_to_is_left_out(twins: dict[str, Json]) -> None:
    hostile = [one for name, one in twins.items() if "javascript" in name or "script" in name]
    assert hostile
    assert all(one["notices"][0]["url"] is None for one in hostile)
    assert "javascript:alert(1)" not in [
        said["url"] for one in hostile for said in one["notices"][0]["references"]
    ]


def test_article_is_quoted_only() -> None:
    text = "Un article entier. " * 200
    said = editions.story("presse-1", "Article", category=Category.NEWS, summary=text, body=text)
    (notice,) = twin(shown(replace(editions.edition(), stories=(said,)))[0])["notices"]
    assert notice["quoted"] and notice["text"] is None
    assert len(notice["summary"]) < 620


def test_indicators_are_refanged_values() -> None:
    words = (
        f"Le code malveillant est servi par {BOARD.replace('http', 'hxxp').replace('.', '[.]')} depuis mars."
    )
    said = editions.story("CERTFR-2025-CTI-009", "Campagne", body=words)
    found = {one.rule: one for one in assess(said.advisory, Background())}
    story = replace(said, assessments={**said.assessments, **found})
    (notice,) = twin(shown(replace(editions.edition(), stories=(story,)))[0])["notices"]
    assert {"type": "url", "value": BOARD} in [
        {"type": one["type"], "value": one["value"]} for one in notice["indicators"]
    ]


def test_every_notice_of_a_story_is_told_with_its_changes_and_the_strictest_marking() -> None:
    first = editions.story("A-1", "Faille", days=2, summary="Un.")
    second = replace(
        editions.story("B-1", "Flaw", Tier.SOIN, source=editions.CISA, marking=Marking(TLP.GREEN)),
        changes=(Difference("title", reworded=(("Old", "Flaw"),)),),
        changed_at=editions.MADE_AT - timedelta(hours=2),
    )
    ids = (first.advisory.id, second.advisory.id)
    together = replace(editions.edition(), stories=(second, first), together=dict.fromkeys(ids, ids))
    (value,) = map(twin, shown(together))
    assert [one["native_id"] for one in value["notices"]] == ["A-1", "B-1"]
    assert value["tlp"] == "TLP:GREEN"
    assert value["relevance"]["value"] == "soin"
    assert value["notices"][1]["changes"]["fields"][0]["reworded"] == [{"before": "Old", "after": "Flaw"}]


def test_same_story_gives_the_same_bytes() -> None:
    once, again = (shown(editions.edition())[0] for _ in range(2))
    assert story_json(once.address, once.told, card(once)) == story_json(
        again.address, again.told, card(again)
    )
