"""What a run says of itself is what happened, and a replay makes the same archive without network."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

import intake
import store
from collectors.fetching import Outcome
from records import (
    AddressState,
    Document,
    FailedAddress,
    Fetched,
    FetchError,
    FetchState,
    NotModified,
    Run,
    RunStatus,
    Source,
)

FEED = (
    '<rss version="2.0"><channel><title>x</title>'
    "<item><guid>{0}</guid><title>{0}</title><description>CVE-2025-0001</description></item></channel></rss>"
)
SOURCE = Source(id="feed", name="Feed", kind="rss", url="https://feed.example/rss")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[store.Archive]:
    opened = store.open_archive(f"sqlite:///{tmp_path / 'vigie.sqlite'}")
    yield opened
    opened.close()


def _document(body: str | bytes, now: datetime, source: Source = SOURCE) -> Document:
    content = body.encode() if isinstance(body, str) else body
    return Document(source.id, source.url, now, "text/xml", sha256(content).hexdigest(), content)


def _fetched(*documents: Document, failures: tuple[FailedAddress, ...] = ()) -> Fetched:
    state = FetchState({one.url: AddressState('"1"', None, None, one.digest) for one in documents})
    return Fetched(SOURCE.id, documents, state, failures, requests=2, size=100)


def _save(archive: store.Archive, outcome: Outcome, now: datetime) -> Run:
    return intake.save_outcome(archive, SOURCE, outcome, now=now)


def test_new_then_unchanged(archive: store.Archive, now: datetime) -> None:
    first = _save(archive, _fetched(_document(FEED.format("a"), now)), now)
    assert (first.status, first.changes.new, first.documents, first.requests) == (RunStatus.OK, 1, 1, 2)
    second = _save(archive, NotModified(SOURCE.id, FetchState(), 1, 0, 1), now)
    assert (second.status, second.not_modified, second.error) == (RunStatus.UNCHANGED, 1, "")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("<html><body>Maintenance</body></html>", RunStatus.FAILED, "HTML page"),
        ("", RunStatus.FAILED, "empty"),
        (FEED.format("a")[:60], RunStatus.FAILED, "cut"),
        ('<rss version="2.0"><channel><title>x</title></channel></rss>', RunStatus.EMPTY, "nothing in it"),
    ],
)
def test_feed_that_is_none_is_not_taken_for_quiet(
    archive: store.Archive, now: datetime, body: str, status: RunStatus, words: str
) -> None:
    _save(archive, _fetched(_document(FEED.format("a"), now)), now)
    run = _save(archive, _fetched(_document(body, now)), now)
    assert run.status == status
    assert words in run.error
    assert store.counts(archive)["advisory"] == 1, "what was kept stays"
    if status == RunStatus.FAILED:
        assert SOURCE.url not in store.fetch_state(archive, SOURCE).addresses, "asked in full next time"


def test_failed_address_beside_good_ones_is_partial(archive: store.Archive, now: datetime) -> None:
    trouble = (FailedAddress("https://feed.example/2", "the server answered 500"),)
    run = _save(archive, _fetched(_document(FEED.format("a"), now), failures=trouble), now)
    assert (run.status, run.changes.new) == (RunStatus.PARTIAL, 1)
    assert run.error == "https://feed.example/2: the server answered 500"


def test_source_that_could_not_be_read_leaves_a_failed_run(archive: store.Archive, now: datetime) -> None:
    run = _save(archive, FetchError(SOURCE.id, "no Internet"), now)
    assert (run.status, run.error) == (RunStatus.FAILED, "no Internet")


def test_replay_makes_the_same_archive(archive: store.Archive, now: datetime, tmp_path: Path) -> None:
    for hours, name in enumerate(("a", "b", "a")):
        at = now + timedelta(hours=hours)
        _save(archive, _fetched(_document(FEED.format(name), at)), at)
    before = store.edition(archive, [SOURCE], now=now + timedelta(days=1), audience=SOURCE.tlp)
    assert intake.replay(archive, SOURCE).any is False

    other = store.open_archive(f"sqlite:///{tmp_path / 'other.sqlite'}")
    for document in store.kept_documents(archive, SOURCE):
        reading = store.Reading(document, [], complete=False)
        store.save(other, SOURCE.id, [reading], None, now=document.received_at)
    assert intake.replay(other, SOURCE).new == 2
    after = store.edition(other, [SOURCE], now=now + timedelta(days=1), audience=SOURCE.tlp)
    other.close()
    assert after.stories == before.stories


def test_scores_are_kept_for_the_cves_that_advisories_name(archive: store.Archive, now: datetime) -> None:
    epss = Source(id="epss", name="EPSS", kind="epss", url="https://epss.example/scores.csv")
    table = (
        "#model_version:v2025.03.14,score_date:2025-07-20T12:00:00Z\ncve,epss,percentile\n"
        "CVE-2025-0001,0.9,0.99\nCVE-2025-0002,0.1,0.5\n"
    )
    document = _document(table, now, epss)
    outcome = Fetched(epss.id, (document,), FetchState())
    run = intake.save_outcome(archive, epss, outcome, now=now)
    assert (run.changes.new, run.status) == (0, RunStatus.UNCHANGED), "scores of no use are no empty answer"
    _save(archive, _fetched(_document(FEED.format("a"), now)), now)
    assert intake.refresh(archive, epss, now=now).new == 1
    edition = store.edition(archive, [SOURCE, epss], now=now, audience=SOURCE.tlp)
    (said,) = edition.vulnerabilities["CVE-2025-0001"]
    assert said.epss is not None and said.epss.probability == 0.9


def test_replay_does_not_bring_back_what_left_its_listing(archive: store.Archive, now: datetime) -> None:
    listing = "https://feed.example/list"
    kept, left = (replace(SOURCE, url=f"https://feed.example/{name}") for name in ("a", "b"))
    documents = (_document(FEED.format("a"), now, kept), _document(FEED.format("b"), now, left))
    marks = {one.url: AddressState(None, None, "1", one.digest, listing) for one in documents}
    _save(archive, Fetched(SOURCE.id, documents, FetchState(marks)), now)
    later = now + timedelta(hours=1)
    gone = Fetched(SOURCE.id, (), FetchState(), gone=(left.url,))
    assert _save(archive, gone, later).changes.withdrawn == 1
    intake.replay(archive, SOURCE)
    edition = store.edition(archive, [SOURCE], now=later, audience=SOURCE.tlp)
    withdrawn = {story.advisory.native_id for story in edition.stories if story.advisory.withdrawn_at}
    assert withdrawn == {"b"}


def test_replay_ends_with_what_was_received_last(archive: store.Archive, now: datetime) -> None:
    for hours, title in enumerate(("one", "two", "one")):
        at = now + timedelta(hours=hours)
        body = FEED.format("a").replace("<title>a", f"<title>{title}")
        _save(archive, _fetched(_document(body, at)), at)
    intake.replay(archive, SOURCE)
    edition = store.edition(archive, [SOURCE], now=now + timedelta(days=1), audience=SOURCE.tlp)
    assert [story.advisory.title for story in edition.stories] == ["one"]
