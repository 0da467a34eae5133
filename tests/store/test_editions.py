"""An indicator is listed only while it may be acted on, and its sources are merged."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import store
from records import PAP, TLP, Assessment, Background, Marking, Rejected, Run, RunStatus, Tier, record_id
from tests.store import examples

HOUR = timedelta(hours=1)
NOTHING = Background()


def _listed(archive: store.Archive, now: datetime, *names: str) -> list[str]:
    sources = [examples.source(name) for name in names or ("example",)]
    found = store.listed_indicators(archive, sources, now=now, audience=TLP.CLEAR)
    return [one.observable.value for one in found]


def _save(archive: store.Archive, now: datetime, *items: object) -> None:
    reading = store.Reading(examples.document(now), list(items), complete=False)  # type: ignore[arg-type]
    store.save(archive, "example", [reading], None, now=now)


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({}, True),
        ({"valid_until": HOUR}, True),
        ({"valid_until": timedelta(0)}, False),  # the interval is half-open
        ({"valid_until": -HOUR}, False),
        ({"valid_from": HOUR}, False),
        ({"valid_from": None}, True),
        ({"revoked": True}, False),
        ({"actionable": False}, False),
        ({"marking": Marking(TLP.CLEAR, PAP.GREEN)}, True),
        ({"marking": Marking(TLP.CLEAR, PAP.AMBER)}, True),
        ({"marking": Marking(TLP.CLEAR, PAP.RED)}, False),
        ({"marking": Marking(TLP.GREEN)}, False),
    ],
)
def test_only_what_may_be_acted_on_is_listed(
    archive: store.Archive, now: datetime, changes: dict[str, object], listed: bool
) -> None:
    fields = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    _save(archive, now, replace(examples.indicator(now), **fields))  # type: ignore[arg-type]
    assert bool(_listed(archive, now)) is listed


def test_source_without_a_file_is_no_longer_published(archive: store.Archive, now: datetime) -> None:
    _save(archive, now, examples.indicator(now), examples.advisory(now))
    edition = store.edition(archive, [examples.source("other")], now=now, audience=TLP.CLEAR)
    assert (edition.stories, edition.indicators) == ((), ())


def test_source_raised_above_the_audience_is_no_longer_published(
    archive: store.Archive, now: datetime
) -> None:
    _save(archive, now, examples.indicator(now), examples.advisory(now))
    raised = [examples.source(tlp=TLP.AMBER)]
    edition = store.edition(archive, raised, now=now, audience=TLP.CLEAR)
    assert (edition.stories, edition.indicators) == ((), ())
    assert list(store.listed_indicators(archive, raised, now=now, audience=TLP.CLEAR)) == []


def test_statements_of_several_sources_are_merged(archive: store.Archive, now: datetime) -> None:
    first = examples.indicator(now, confidence=40, valid_until=now + HOUR)
    second = examples.indicator(
        now - HOUR,
        id=record_id("other", "x"),
        source_id="other",
        confidence=80,
        valid_until=now + 2 * HOUR,
        labels=("c2",),
    )
    _save(archive, now, first, second)
    sources = [examples.source(), examples.source("other")]
    (merged,) = store.listed_indicators(archive, sources, now=now, audience=TLP.CLEAR)
    assert merged.sources == ("example", "other")
    assert merged.confidence == 80
    assert (merged.valid_from, merged.valid_until) == (now - HOUR, now + 2 * HOUR)
    assert merged.labels == ("c2", "rançongiciel")


def test_lists_are_sorted_by_bytes_on_every_database(archive: store.Archive, now: datetime) -> None:
    values = ["b.example", "B.example", "a-b.example", "a.example", "é.example"]
    _save(archive, now, *(examples.indicator(now, value) for value in values))
    assert _listed(archive, now) == sorted(values)


def test_analyst_outranks_the_rule(archive: store.Archive, now: datetime) -> None:
    _save(archive, now, examples.advisory(now))
    ((advisory, content_hash),) = store.unjudged(archive, {"health_relevance": 1}, NOTHING)
    rule = Assessment(
        subject_id=advisory.id, rule="health_relevance", version=1, value=Tier.GENERAL, score=5, confidence=50
    )
    analyst = Assessment(
        subject_id=advisory.id,
        rule="health_relevance/analyst",
        version=1,
        value=Tier.SOIN,
        score=90,
        confidence=99,
    )
    store.save_assessments(archive, [(analyst, content_hash), (rule, content_hash)], now=now)
    edition = store.edition(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert edition.stories[0].assessments["health_relevance"].value == Tier.SOIN


def test_advisory_is_judged_again_when_it_or_the_rule_changes(archive: store.Archive, now: datetime) -> None:
    _save(archive, now, examples.advisory(now))
    rules = {"health_relevance": 1}
    ((advisory, content_hash),) = store.unjudged(archive, rules, NOTHING)
    made = Assessment(
        subject_id=advisory.id, rule="health_relevance", version=1, value=Tier.SOCLE, score=30, confidence=50
    )
    store.save_assessments(archive, [(made, content_hash)], now=now)
    assert store.unjudged(archive, rules, NOTHING) == []
    assert len(store.unjudged(archive, {"health_relevance": 2}, NOTHING)) == 1
    assert len(store.unjudged(archive, rules | {"priority": 1}, NOTHING)) == 1
    _save(archive, now, examples.advisory(now, title="Autre titre"))
    assert len(store.unjudged(archive, rules, NOTHING)) == 1


def test_advisory_is_judged_again_when_more_is_known_of_its_cves(
    archive: store.Archive, now: datetime
) -> None:
    _save(archive, now, examples.advisory(now, cves=("CVE-2025-0001",)))
    rules = {"health_relevance": 1}
    ((advisory, basis),) = store.unjudged(archive, rules, NOTHING)
    made = Assessment(
        subject_id=advisory.id, rule="health_relevance", version=1, value=Tier.SOCLE, score=30, confidence=50
    )
    store.save_assessments(archive, [(made, basis)], now=now)
    assert store.unjudged(archive, rules, NOTHING) == []
    assert len(store.unjudged(archive, rules, Background(frozenset({"CVE-2025-0001"})))) == 1
    assert store.unjudged(archive, rules, Background(frozenset({"CVE-2025-0009"}))) == []
    assert len(store.unjudged(archive, rules, Background(now_on=now.date()))) == 1, "scores grow old"
    _save(archive, now, examples.vulnerability(now))
    known = store.background(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert set(known.vulnerabilities) == {"CVE-2025-0001"}
    assert len(store.unjudged(archive, rules, NOTHING)) == 1


def test_rules_know_nothing_above_the_audience(archive: store.Archive, now: datetime) -> None:
    strict, sector = Marking(TLP.AMBER), ("sector:Healthcare and Public Health",)
    labelled = examples.advisory(now, labels=sector, cves=("CVE-2025-0001",), marking=strict)
    _save(archive, now, labelled, examples.vulnerability(now, marking=strict))
    clear = store.background(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert not clear.health_cves and not clear.vulnerabilities
    amber = store.background(archive, [examples.source()], now=now, audience=TLP.AMBER)
    assert amber.health_cves and amber.vulnerabilities


def test_background_knows_cves_of_health_notices_and_exploited_ones(
    archive: store.Archive, now: datetime
) -> None:
    labelled = examples.advisory(
        now, labels=("sector:Healthcare and Public Health",), cves=("CVE-2025-0002",)
    )
    _save(
        archive,
        now,
        labelled,
        examples.advisory(now, "A-2", cves=("CVE-2025-0003",), summary="sector: health"),
        examples.vulnerability(now),
    )
    background = store.background(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert background.health_cves == {"CVE-2025-0002"}
    assert background.now_on == now.date()
    assert set(background.vulnerabilities) <= store.named_cves(archive)
    assert store.named_cves(archive) == {"CVE-2025-0002", "CVE-2025-0003"}


def test_vulnerabilities_of_a_source_that_is_not_shown_are_not_shown_either(
    archive: store.Archive, now: datetime
) -> None:
    other = {"id": record_id("other", "A"), "source_id": "other", "native_id": "A"}
    _save(archive, now, examples.vulnerability(now), examples.advisory(now, **other))
    shown = [examples.source(tlp=TLP.AMBER), examples.source("other")]
    edition = store.edition(archive, shown, now=now, audience=TLP.CLEAR)
    assert len(edition.stories) == 1 and edition.vulnerabilities == {}


def test_signs_that_no_database_can_keep_cost_nothing(archive: store.Archive, now: datetime) -> None:
    odd = examples.indicator(now, native_id="a\0b\ud800", description="é\0d\ud800")
    _save(archive, now, odd, examples.advisory(now), Rejected("example", examples.URL, "\0\udfff", "\ud800"))
    assert store.counts(archive)["indicator"] == 1
    assert store.rejected(archive, "example") == [Rejected("example", examples.URL, "?", "?")]


def test_what_was_taken_out_of_a_stricter_version_is_not_shown(archive: store.Archive, now: datetime) -> None:
    strict = examples.advisory(now, title="Attaque du CHU Secretville", marking=Marking(TLP.AMBER))
    _save(archive, now, strict)
    _save(archive, now + HOUR, examples.advisory(now, title="Attaque d'un hopital"))
    for audience in (TLP.CLEAR, TLP.RED):
        edition = store.edition(archive, [examples.source()], now=now, audience=audience)
        assert edition.stories[0].changes == ()
    _save(archive, now + 2 * HOUR, examples.advisory(now, title="Attaque d'un hôpital"))
    edition = store.edition(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert [one.field for one in edition.stories[0].changes] == ["title"]


def test_advisory_is_judged_again_for_another_audience(archive: store.Archive, now: datetime) -> None:
    _save(archive, now, examples.advisory(now), examples.vulnerability(now, marking=Marking(TLP.AMBER)))
    rules = {"priority": 1}
    bases = []
    for audience, own in ((TLP.AMBER, TLP.CLEAR), (TLP.CLEAR, TLP.CLEAR), (TLP.AMBER, TLP.RED)):
        known = store.background(archive, [examples.source(tlp=own)], now=now, audience=audience)
        assert bool(known.vulnerabilities) == (audience is TLP.AMBER and own is TLP.CLEAR)
        ((_, basis),) = store.unjudged(archive, rules, known)
        bases.append(basis)
    assert len(set(bases)) == 3, "what was concluded for one audience is not shown to another"
    assert store.background(archive, [], now=now, audience=TLP.RED).vulnerabilities == {}


def test_false_positive_outlives_the_statement_it_was_made_on(archive: store.Archive, now: datetime) -> None:
    said = examples.indicator(now, "a.example", revoked=True)
    strict = replace(examples.sighting(now, said), marking=Marking(TLP.AMBER))
    report, seen = replace(strict, false_positive=True), replace(strict, id="2", native_id="s-2")
    _save(archive, now, said, report, seen)
    found = store.sightings(archive, [examples.source()], audience=TLP.CLEAR)
    assert {key.value: [one.false_positive for one in value] for key, value in found.items()} == {
        "a.example": [True]
    }
    assert store.sightings(archive, [], audience=TLP.RED) == {}


def test_last_good_reading_is_one_before_the_instant(archive: store.Archive, now: datetime) -> None:
    for at in (now - HOUR, now + HOUR):
        store.record_run(archive, Run(source_id="example", started_at=at, ended_at=at, status=RunStatus.OK))
    assert store.last_read(archive, now=now) == {"example": now - HOUR}
