"""What is saved is what was said: once, with its history, and taken back when its publisher does."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import store
from records import TLP, AddressState, Changes, Difference, FetchState, Marking, Record, Rejected
from tests.store import examples


def _save(archive: store.Archive, now: datetime, *items: Record | Rejected, complete: bool = True) -> Changes:
    reading = store.Reading(examples.document(now), list(items), complete=complete)
    return store.save(archive, "example", [reading], None, now=now)


def test_every_type_comes_back_as_it_went_in(archive: store.Archive, now: datetime) -> None:
    one = examples.indicator(now)
    said: list[Record] = [
        examples.advisory(now),
        examples.vulnerability(now),
        one,
        examples.sighting(now, one),
    ]
    assert _save(archive, now, *said) == Changes(new=4)
    edition = store.edition(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert edition.stories[0].advisory == said[0]
    assert edition.vulnerabilities["CVE-2025-0001"] == (said[1],)
    listed = edition.indicators[0]
    assert (listed.observable, listed.sources, listed.labels) == (one.observable, ("example",), one.labels)
    assert store.counts(archive)["sighting"] == 1


def test_reading_the_same_again_changes_nothing(archive: store.Archive, now: datetime) -> None:
    said: list[Record] = [examples.advisory(now), examples.vulnerability(now), examples.indicator(now)]
    _save(archive, now, *said)
    later = now + timedelta(hours=1)
    again = [replace(one, provenance=examples.provenance(later)) for one in said]
    assert _save(archive, later, *again) == Changes(unchanged=3)


def test_modified_is_decided_by_content_not_by_date(archive: store.Archive, now: datetime) -> None:
    _save(archive, now, examples.advisory(now))
    edited = examples.advisory(now, title="Un autre titre")
    assert _save(archive, now + timedelta(hours=1), edited) == Changes(modified=1)
    edition = store.edition(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert [story.advisory.title for story in edition.stories] == ["Un autre titre"]


def test_item_twice_in_one_document_is_one_record(archive: store.Archive, now: datetime) -> None:
    first, second = examples.advisory(now), examples.advisory(now, title="Version corrigée")
    assert _save(archive, now, first, second).new == 1


def test_indicator_that_left_a_complete_document_is_withdrawn(archive: store.Archive, now: datetime) -> None:
    kept, gone = examples.indicator(now), examples.indicator(now, "198.51.100.8")
    _save(archive, now, kept, gone)
    assert _save(archive, now + timedelta(hours=1), kept).withdrawn == 1
    listed = store.listed_indicators(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert [one.observable.value for one in listed] == ["198.51.100.7"]


def test_item_that_became_unreadable_is_not_taken_for_withdrawn(
    archive: store.Archive, now: datetime
) -> None:
    one = examples.indicator(now)
    _save(archive, now, one)
    assert _save(
        archive, now, Rejected("example", examples.URL, one.native_id, "its date is wrong")
    ) == Changes(rejected=1)
    assert len(list(store.listed_indicators(archive, [examples.source()], now=now, audience=TLP.CLEAR))) == 1


def test_indicator_that_scrolled_off_a_feed_stays(archive: store.Archive, now: datetime) -> None:
    _save(archive, now, examples.indicator(now), complete=False)
    assert _save(archive, now, examples.indicator(now, "198.51.100.8"), complete=False) == Changes(new=1)
    assert len(list(store.listed_indicators(archive, [examples.source()], now=now, audience=TLP.CLEAR))) == 2


def test_withdrawn_indicator_that_returns_is_listed_again(archive: store.Archive, now: datetime) -> None:
    one = examples.indicator(now)
    _save(archive, now, one)
    _save(archive, now)
    assert _save(archive, now, one) == Changes(modified=1)
    assert len(list(store.listed_indicators(archive, [examples.source()], now=now, audience=TLP.CLEAR))) == 1


def test_unreadable_document_withdraws_nothing_and_is_asked_again(
    archive: store.Archive, now: datetime
) -> None:
    marks = {
        examples.URL: AddressState('"1"', None, "v1", "0" * 64),
        "https://source.example/list": AddressState('"2"', "Sun, 20 Jul 2025 18:00:00 GMT", None, "1" * 64),
    }
    store.save(
        archive,
        "example",
        [store.Reading(examples.document(now), [examples.indicator(now)], complete=True)],
        FetchState(marks),
        now=now,
    )
    broken = store.Reading(
        examples.document(now, b"<html>"),
        [Rejected("example", examples.URL, "", "an HTML page")],
        complete=True,
        readable=False,
    )
    assert store.save(archive, "example", [broken], FetchState(), now=now) == Changes(rejected=1)
    state = store.fetch_state(archive, examples.source())
    assert examples.URL not in state.addresses
    assert state.addresses["https://source.example/list"].etag is None, "a 304 would hide the broken item"
    assert len(list(store.listed_indicators(archive, [examples.source()], now=now, audience=TLP.CLEAR))) == 1


def test_same_rejection_is_kept_once(archive: store.Archive, now: datetime) -> None:
    refused = Rejected("example", examples.URL, "x", "no title")
    _save(archive, now, refused)
    _save(archive, now + timedelta(hours=1), refused)
    assert store.counts(archive)["rejected"] == 1
    assert store.rejected(archive, "example") == [refused]


def test_documents_come_back_byte_for_byte(archive: store.Archive, now: datetime) -> None:
    first = examples.document(now, b"\x00\xff one")
    second = examples.document(now + timedelta(hours=1), b"two")
    for document in (first, second, first):
        store.save(archive, "example", [store.Reading(document, [], complete=False)], None, now=now)
    again = replace(first, received_at=now + timedelta(hours=2))
    store.save(archive, "example", [store.Reading(again, [], complete=False)], None, now=now)
    assert list(store.kept_documents(archive, examples.source())) == [first, second, again]
    assert store.counts(archive)["document"] == 2, "the same bytes are kept once"
    assert list(store.kept_documents(archive, examples.source(), newest_only=True)) == [again]


def test_more_records_than_one_batch_holds(archive: store.Archive, now: datetime) -> None:
    values = [f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(25_000)]
    many = [examples.indicator(now, value) for value in values]
    halves = [
        store.Reading(
            examples.document(now, b"1", "https://source.example/1"), many[:12_000], complete=False
        ),
        store.Reading(
            examples.document(now, b"2", "https://source.example/2"), many[12_000:], complete=False
        ),
    ]
    assert store.save(archive, "example", halves, None, now=now) == Changes(new=25_000)
    assert store.save(archive, "example", halves, None, now=now) == Changes(unchanged=25_000)


def test_record_above_the_audience_is_in_no_edition(archive: store.Archive, now: datetime) -> None:
    amber = Marking(TLP.AMBER)
    _save(
        archive,
        now,
        examples.advisory(now, marking=amber),
        examples.vulnerability(now, marking=amber),
        examples.indicator(now, marking=amber),
    )
    for audience, count in ((TLP.CLEAR, 0), (TLP.GREEN, 0), (TLP.AMBER, 1), (TLP.RED, 1)):
        edition = store.edition(archive, [examples.source()], now=now, audience=audience)
        found = (len(edition.stories), len(edition.vulnerabilities), len(edition.indicators))
        assert found == (count, count, count), audience


def test_what_was_read_at_an_address_that_is_gone_is_withdrawn(archive: store.Archive, now: datetime) -> None:
    marks = {examples.URL: AddressState(None, None, "v1", "0" * 64, "https://source.example/list")}
    reading = store.Reading(
        examples.document(now), [examples.indicator(now), examples.advisory(now)], complete=True
    )
    store.save(archive, "example", [reading], FetchState(marks), now=now)
    later = now + timedelta(hours=1)
    assert store.save(archive, "example", [], FetchState(), gone=[examples.URL], now=later) == Changes(
        withdrawn=2
    )
    edition = store.edition(archive, [examples.source()], now=later, audience=TLP.CLEAR)
    assert edition.indicators == ()
    assert edition.stories[0].advisory.withdrawn_at == later
    assert store.fetch_state(archive, examples.source()).addresses == {}
    assert store.save(archive, "example", [reading], FetchState(marks), now=later) == Changes(modified=2)


def test_every_version_of_an_advisory_is_kept_and_the_last_change_is_told(
    archive: store.Archive, now: datetime
) -> None:
    first = examples.advisory(now)
    second = examples.advisory(now, cves=("CVE-2025-0001", "CVE-2025-0002"))
    third = examples.advisory(now, cves=second.cves, title="Un autre titre")
    for hours, one in enumerate((first, second, second, third)):
        _save(archive, now + timedelta(hours=hours), one, examples.advisory(now, "A-2"))
    kept = store.revisions(archive, first.id)
    assert [seen_at for seen_at, _ in kept] == [now + timedelta(hours=hours) for hours in (0, 1, 3)]
    assert [(one.title, one.cves) for _, one in kept] == [
        (one.title, one.cves) for one in (first, second, third)
    ]
    edition = store.edition(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    stories = {story.advisory.native_id: story for story in edition.stories}
    assert stories["A-1"].changes == (Difference("title", reworded=((first.title, "Un autre titre"),)),)
    assert stories["A-1"].changed_at == now + timedelta(hours=3)
    assert (stories["A-2"].changes, stories["A-2"].changed_at) == ((), None)


def test_instant_of_another_zone_is_kept_as_the_same_instant(archive: store.Archive, now: datetime) -> None:
    there = now.replace(microsecond=250_000).astimezone(timezone(timedelta(hours=-4)))
    _save(archive, now, examples.indicator(now, valid_from=None, first_seen_at=there))
    (listed,) = store.listed_indicators(archive, [examples.source()], now=now, audience=TLP.CLEAR)
    assert listed.first_seen_at == there
    assert listed.first_seen_at is not None and listed.first_seen_at.utcoffset() == timedelta(0)
