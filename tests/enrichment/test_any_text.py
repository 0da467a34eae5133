"""Any text is judged without an archive; a line that cannot be used stops no other."""

import orjson
import pytest

from enrichment.any_text import UnusableLine, Verdict, is_notice, record_of, verdicts
from records import Background, Category, Tier

HOSPITAL = {"id": "a", "title": "Le CHU de Rennes paralysé", "text": "L’hôpital a été attaqué."}
BAKERY = {"id": "b", "title": "A bakery is hit", "text": "The company bakes bread."}


def made(*lines: bytes) -> list[Verdict | UnusableLine]:
    return list(verdicts(lines, Background()))


def line(**fields: object) -> bytes:
    return orjson.dumps({"id": "x", "title": "t", "text": "t", **fields})


def test_verdicts_come_one_a_line_in_order() -> None:
    first, second = made(orjson.dumps(HOSPITAL), b"\n", orjson.dumps(BAKERY))
    assert isinstance(first, Verdict) and isinstance(second, Verdict)
    read = [orjson.loads(one.as_json()) for one in (first, second)]
    assert [(one["id"], one["tier"], one["health"]) for one in read] == [
        ("a", "secteur", True),
        ("b", "général", False),
    ]
    assert read[0]["score"] > 50 > read[1]["score"]


def test_reasons_say_rule_both_languages_place_and_weight() -> None:
    (verdict,) = made(orjson.dumps(HOSPITAL))
    assert isinstance(verdict, Verdict)
    written = orjson.loads(verdict.as_json())
    assert list(written) == ["id", "score", "tier", "health", "priority", "reasons"]
    reason = written["reasons"][0]
    assert list(reason) == ["rule", "fr", "en", "evidence", "weight"]
    assert reason["rule"] == "health_relevance"
    assert reason["evidence"][0] == {"field": "title", "start": 3, "end": 6, "text": "CHU"}


def test_threshold_decides_what_is_health() -> None:
    (verdict,) = verdicts([orjson.dumps(HOSPITAL)], Background(health_from=101))
    assert isinstance(verdict, Verdict) and not verdict.health


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"{", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b'{"id": "\\ud800", "title": "", "text": ""}', "is no JSON"),
        (b"[]", "is no object"),
        (b'"text"', "is no object"),
        (b'{"title": "", "text": ""}', 'has no "id"'),
        (b'{"id": "x", "text": ""}', 'has no "title"'),
        (b'{"id": "x", "title": ""}', 'has no "text"'),
        (line(text=7), '"text" is no string'),
        (line(text=None), '"text" is no string'),
        (line(id=7), '"id" is no string'),
        (line(lang=["fr"]), '"lang" is no string'),
    ],
)
def test_unusable_line_is_said_and_stops_no_other(bad: bytes, said: str) -> None:
    first, wrong, last = made(line(), bad, line())
    assert isinstance(first, Verdict) and isinstance(last, Verdict)
    assert isinstance(wrong, UnusableLine) and wrong.number == 2
    assert wrong.reason.startswith("line 2: ") and said in wrong.reason and "\n" not in wrong.reason


@pytest.mark.parametrize("text", ["", " \n\t", "\u0000\u200b", "а" * 50, "Ηοѕріtаl hôpital 病院 مستشفى"])
def test_empty_and_mixed_scripts_are_judged(text: str) -> None:
    (verdict,) = made(line(text=text))
    assert isinstance(verdict, Verdict) and 0 <= verdict.assessments[0].score <= 100


def test_five_megabytes_are_judged() -> None:
    filling = "The company bakes bread in a small town by the sea. "
    text = ("An infusion pump of the hospital accepts orders. " + 20 * filling) * 4_600
    assert len(text) > 5_000_000
    (verdict,) = made(line(title="A report", text=text))
    assert isinstance(verdict, Verdict) and verdict.health
    assert len(verdict.as_json()) < 20_000


def test_optional_keys_may_be_left_out_or_null() -> None:
    (verdict,) = made(line(lang=None, source="press"))
    assert isinstance(verdict, Verdict)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Multiples vulnérabilités dans Foo", "Systèmes affectés : Foo versions antérieures à 2"),
        ("Foo Server", "Successful exploitation allows code execution.\nProducts: Foo; Server"),
        ("Foo", "CVE-2024-1234: a vulnerability of the parser"),
    ],
)
def test_text_about_a_product_is_a_notice(title: str, text: str) -> None:
    assert is_notice(title, text)
    assert record_of("x", title, text).category is Category.ADVISORY


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("A hospital is hit", "The gang used CVE-2024-1234 to get in."),
        ("Une mairie est touchée", "Une vulnérabilité serait en cause."),
        ("Victim", "Leak-site post by a group."),
        ("", ""),
    ],
)
def test_text_about_an_event_is_news(title: str, text: str) -> None:
    assert not is_notice(title, text)


def test_cves_are_read_once_each_in_their_order() -> None:
    record = record_of("x", "cve-2024-2222", "CVE-2024-1111 and CVE-2024-2222")
    assert record.cves == ("CVE-2024-2222", "CVE-2024-1111")


def test_one_text_is_judged_by_both_rules() -> None:
    text = "CVE-2024-1234 is a vulnerability, version 1 and earlier"
    line = orjson.dumps({"id": "x", "title": "Flaw in an infusion pump", "text": text})
    (verdict,) = verdicts([line], Background())
    assert isinstance(verdict, Verdict)
    relevance, urgency = verdict.assessments
    assert (relevance.rule, relevance.value) == ("health_relevance", Tier.SOIN)
    assert urgency.rule == "priority"
