"""Fetching through Scrapy: polite, limited, and never more than one source harmed."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collectors.fetching.door import Job, Outcome, Progress, fetch, try_out
from collectors.fetching.limits import is_private
from records import Fetched, FetchError, FetchState, NotModified, Source
from settings import FetchSettings
from tests.conftest import NOW
from tests.loopback import Answer, Loopback, gzipped, loopback

pytestmark = pytest.mark.whole

FEED = (
    b'<rss version="2.0"><channel><title>x</title>'
    b"<item><guid>1</guid><title>One</title></item></channel></rss>"
)


def _source(name: str, **changes: object) -> Source:
    source = Source(id=name, name=name, kind="rss", url=f"https://{name}.example/feed")
    return replace(source, **changes)  # type: ignore[arg-type]


def _fetch(
    site: Loopback, *sources: Source, states: dict[str, FetchState] | None = None, **settings: object
) -> dict[str, Outcome]:
    due = [(source, (states or {}).get(source.id, FetchState())) for source in sources]
    asked = FetchSettings.model_validate({"mirror": site.address, "timeout_seconds": 2} | settings)
    return {one.source_id: one for one in fetch(due, asked, now=NOW, stop=threading.Event())}


@pytest.fixture(scope="module")
def troubled() -> Iterator[tuple[dict[str, Outcome], Loopback]]:
    """One run over sources that each have their own trouble."""
    metadata = {"Location": "http://169.254.169.254/latest/"}
    with loopback() as site:
        serve = site.serve
        serve("/good.example/feed", Answer(FEED, headers={"ETag": '"1"'}))
        serve("/slow.example/feed", Answer(FEED, drip=0.5))
        serve("/cut.example/feed", Answer(FEED, cut=40))
        serve("/large.example/feed", Answer(b"a" * (3 << 20)))
        serve("/bomb.example/feed", gzipped(bytes(30 << 20)))
        serve("/metadata.example/feed", Answer(status=302, headers=metadata))
        serve("/file.example/feed", Answer(status=302, headers={"Location": "file:///etc/passwd"}))
        serve("/loop.example/feed", Answer(status=302, headers={"Location": "https://loop.example/feed"}))
        serve("/moved.example/feed", Answer(status=301, headers={"Location": "/new"}))
        serve("/moved.example/new", Answer(FEED))
        serve("/weak.example/feed", Answer(status=503, headers={"Retry-After": "0"}), Answer(FEED))
        serve("/busy.example/feed", Answer(status=503, headers={"Retry-After": "7200"}))
        serve("/down.example/feed", Answer(status=500))
        names = ["good", "slow", "cut", "metadata", "file", "loop", "moved", "weak", "busy", "down", "gone"]
        sources = [_source(name) for name in names]
        sources += [_source(name, max_megabytes=1) for name in ("large", "bomb")]
        yield _fetch(site, *sources), site


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slow", "no whole answer within 2 seconds"),
        ("cut", "the connection was cut in the middle of the answer"),
        ("large", "larger than 1 MB"),
        ("bomb", "larger than 1 MB"),
        ("metadata", "169.254.169.254 is a private address"),
        ("file", "only http and https are read"),
        ("loop", "more than 5 redirects"),
        ("busy", "the server answered 503"),
        ("down", "the server answered 500"),
        ("gone", "the server answered 404"),
    ],
)
def test_trouble_is_said_in_one_sentence(
    troubled: tuple[dict[str, Outcome], Loopback], name: str, words: str
) -> None:
    outcome = troubled[0][name]
    assert isinstance(outcome, FetchError)
    assert f"https://{name}.example/feed: " in str(outcome)
    assert words in str(outcome)
    assert "\n" not in str(outcome)


@pytest.mark.parametrize("name", ["good", "moved", "weak"])
def test_good_sources_beside_the_troubled_are_read(
    troubled: tuple[dict[str, Outcome], Loopback], name: str
) -> None:
    outcome = troubled[0][name]
    assert isinstance(outcome, Fetched)
    (document,) = outcome.documents
    assert (document.body, document.received_at) == (FEED, NOW)
    assert document.url == f"https://{name}.example/feed", "identity is the asked address, not the mirror's"


def test_at_most_three_tries_and_none_for_final_answers(
    troubled: tuple[dict[str, Outcome], Loopback],
) -> None:
    site = troubled[1]
    tries = {
        name: site.count(f"/{name}.example/feed") for name in ("down", "cut", "slow", "gone", "busy", "weak")
    }
    assert tries == {"down": 3, "cut": 3, "slow": 3, "gone": 1, "busy": 1, "weak": 2}


def test_long_retry_after_is_kept_for_the_next_run(troubled: tuple[dict[str, Outcome], Loopback]) -> None:
    outcome = troubled[0]["busy"]
    assert isinstance(outcome, FetchError) and outcome.not_before_at is not None
    wait = outcome.not_before_at - datetime.now(NOW.tzinfo)
    assert timedelta(minutes=110) < wait <= timedelta(hours=2)


def test_user_agent_says_who_asks(troubled: tuple[dict[str, Outcome], Loopback]) -> None:
    agents = {headers["user-agent"] for _, headers in troubled[1].asked}
    assert agents == {f"Vigie/0.1 (+{FetchSettings().contact})"}


def test_second_reading_is_conditional_and_brings_nothing() -> None:
    with loopback() as site:
        site.serve("/good.example/feed", Answer(FEED, headers={"ETag": '"1"'}))
        site.serve("/plain.example/feed", Answer(FEED))
        sources = [_source("good"), _source("plain")]
        first = _fetch(site, *sources)
        states = {name: one.state for name, one in first.items() if isinstance(one, Fetched)}
        second = _fetch(site, *sources, states=states)
        assert isinstance(second["good"], NotModified) and second["good"].size == 0
        assert site.asked[-1][1].get("if-none-match") or site.asked[-2][1].get("if-none-match")
        assert isinstance(second["plain"], NotModified), "the same bytes are no news either"


def test_listing_is_read_in_full_after_one_of_its_items_failed() -> None:
    listing = b'{"a0000000-0000-4000-8000-000000000000": {"timestamp": "1", "info": "x"}}'
    feed = _source("misp", kind="misp_feed", url="https://misp.example/manifest.json")
    with loopback() as site:
        site.serve("/misp.example/manifest.json", Answer(listing, headers={"ETag": '"1"'}))
        outcome = _fetch(site, feed)["misp"]
        assert isinstance(outcome, Fetched)
        assert [failure.reason for failure in outcome.failures] == ["the server answered 404"]
        assert outcome.state.addresses[feed.url].etag is None


def test_item_whose_listing_names_the_version_we_have_is_not_asked() -> None:
    name = "a0000000-0000-4000-8000-000000000000"
    event = f'{{"Event": {{"uuid": "{name}", "info": "x", "Attribute": []}}}}'.encode()
    feed = _source("misp", kind="misp_feed", url="https://misp.example/manifest.json")
    with loopback() as site:
        site.serve("/misp.example/manifest.json", Answer(f'{{"{name}": {{"timestamp": "1"}}}}'.encode()))
        site.serve(f"/misp.example/{name}.json", Answer(event))
        first = _fetch(site, feed)["misp"]
        assert isinstance(first, Fetched) and len(first.documents) == 2
        site.serve(
            "/misp.example/manifest.json", Answer(f'{{"{name}": {{"timestamp": "1"}}, "x": 1}}'.encode())
        )
        _fetch(site, feed, states={"misp": first.state})
        assert site.count(f"/misp.example/{name}.json") == 1
        site.serve("/misp.example/manifest.json", Answer(f'{{"{name}": {{"timestamp": "2"}}}}'.encode()))
        _fetch(site, feed, states={"misp": first.state})
        assert site.count(f"/misp.example/{name}.json") == 2


def test_source_that_takes_too_long_is_stopped_and_keeps_what_it_got() -> None:
    names = [f"a0000000-0000-4000-8000-00000000000{n}" for n in range(2)]
    event = f'{{"Event": {{"uuid": "{names[0]}", "info": "x", "Attribute": []}}}}'.encode()
    listing = "{" + ", ".join(f'"{name}": {{"timestamp": "1"}}' for name in names) + "}"
    feed = _source("misp", kind="misp_feed", url="https://misp.example/manifest.json")
    with loopback() as site:
        site.serve("/misp.example/manifest.json", Answer(listing.encode()))
        site.serve(f"/misp.example/{names[0]}.json", Answer(event))
        site.serve(f"/misp.example/{names[1]}.json", Answer(event, drip=1))
        outcome = _fetch(site, feed, timeout_seconds=4, source_minutes=0.03)["misp"]
        assert isinstance(outcome, Fetched)
        assert len(outcome.documents) == 2
        assert any("stopped after 0.03 minutes" in failure.reason for failure in outcome.failures)


def test_kind_whose_process_dies_costs_only_its_own_sources() -> None:
    with loopback() as site:
        site.serve("/good.example/feed", Answer(FEED))
        outcomes = _fetch(site, _source("good"), _source("bad", kind="no_such_kind"))
        assert isinstance(outcomes["good"], Fetched)
        assert isinstance(outcomes["bad"], FetchError)
        assert "the reader of kind 'no_such_kind' stopped early: KeyError" in str(outcomes["bad"])


def test_name_that_leads_inside_is_refused_when_connecting() -> None:
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        pytest.skip(f"the name of this machine, {name}, does not resolve")
    if not is_private(address):
        pytest.skip(f"the name of this machine leads to a public address, {address}")
    with loopback() as site:
        source = _source("inside", url=site.address.replace("127.0.0.1", name) + "/feed")
        outcome = _fetch(site, source, mirror="")["inside"]
        assert isinstance(outcome, FetchError)
        assert f"{name} is at the private address {address}" in str(outcome)
        assert site.asked == []


def test_stop_ends_a_run_at_once(tmp_path: Path) -> None:
    stop = threading.Event()
    with loopback() as site:
        site.serve("/slow.example/feed", Answer(FEED, drip=1))
        settings = FetchSettings(mirror=site.address)
        threading.Timer(1.5, stop.set).start()
        assert list(fetch([(_source("slow"), FetchState())], settings, now=NOW, stop=stop)) == []


def test_event_that_left_its_manifest_is_gone() -> None:
    names = [f"a0000000-0000-4000-8000-00000000000{n}" for n in range(2)]
    manifest = "/misp.example/manifest.json"
    feed = _source("misp", kind="misp_feed", url="https://misp.example/manifest.json")
    with loopback() as site:
        site.serve(
            manifest,
            Answer(f'{{"{names[0]}": {{"timestamp": "1"}}, "{names[1]}": {{"timestamp": "1"}}}}'.encode()),
        )
        for name in names:
            event = f'{{"Event": {{"uuid": "{name}", "info": "x", "Attribute": []}}}}'
            site.serve(f"/misp.example/{name}.json", Answer(event.encode()))
        first = _fetch(site, feed)["misp"]
        assert isinstance(first, Fetched) and first.gone == ()
        site.serve(manifest, Answer(f'{{"{names[0]}": {{"timestamp": "1"}}}}'.encode()))
        second = _fetch(site, feed, states={"misp": first.state})["misp"]
        assert isinstance(second, Fetched)
        assert second.gone == (f"https://misp.example/{names[1]}.json",)
        site.serve(manifest, Answer(status=500))
        third = _fetch(site, feed, states={"misp": first.state})["misp"]
        assert isinstance(third, FetchError), "a listing that cannot be read withdraws nothing"


def test_name_that_does_not_resolve_is_said_plainly() -> None:
    with loopback() as site:
        outcome = _fetch(site, _source("nowhere", url="https://nowhere.invalid/feed"), mirror="")["nowhere"]
    assert str(outcome) == (
        "https://nowhere.invalid/feed: the host name is not known here (no Internet, or a wrong address)"
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=302, headers={"Location": "http://["}),
        Answer(status=404, headers={"Retry-After": "\u00b2"}),
    ],
)
def test_headers_that_make_no_sense_are_a_failure_not_silence(answer: Answer) -> None:
    with loopback() as site:
        site.serve("/odd.example/feed", answer)
        assert isinstance(_fetch(site, _source("odd"))["odd"], FetchError)


def test_process_that_dies_in_the_middle_of_its_answer_costs_its_sources_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    half = [sys.executable, "-c", 'import sys; sys.stdin.read(); print(\'{"fetched": {"sour\', flush=True)']

    def start(job: Job, secrets: frozenset[str]) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        Path(job.folder, "log").write_text("killed")
        return subprocess.Popen(half, stdin=pipe, stdout=pipe, text=True)

    monkeypatch.setattr("collectors.fetching.door._start", start)
    with loopback() as site:
        outcome = _fetch(site, _source("good"))["good"]
    assert isinstance(outcome, FetchError) and "stopped early" in str(outcome)


def test_server_that_says_how_long_it_stays_the_same_is_left_alone_so_long() -> None:
    with loopback() as site:
        site.serve("/good.example/feed", Answer(FEED, headers={"Cache-Control": "max-age=600"}))
        outcome = _fetch(site, _source("good"))["good"]
    assert isinstance(outcome, Fetched)
    assert outcome.state.not_before_at == NOW + timedelta(minutes=10)


def test_credentials_reach_their_own_source_and_no_redirect_target() -> None:
    credentials = {"good": {"user": "me", "password": "secret"}, "other": {"authorization": "key"}}
    with loopback() as site:
        site.serve(
            "/good.example/feed", Answer(status=302, headers={"Location": "https://else.example/feed"})
        )
        site.serve("/else.example/feed", Answer(FEED))
        site.serve("/plain.example/feed", Answer(FEED))
        outcomes = _fetch(site, _source("good"), _source("plain"), credentials=credentials)
        asked = {path: headers.get("authorization") for path, headers in site.asked}
    assert isinstance(outcomes["good"], Fetched) and isinstance(outcomes["plain"], Fetched)
    assert asked == {
        "/good.example/feed": "Basic bWU6c2VjcmV0",
        "/else.example/feed": None,
        "/plain.example/feed": None,
    }


def test_trying_sources_out_reads_their_first_addresses_only() -> None:
    name = "a0000000-0000-4000-8000-000000000000"
    feed = _source("misp", kind="misp_feed", url="https://misp.example/manifest.json")
    with loopback() as site:
        site.serve("/misp.example/manifest.json", Answer(f'{{"{name}": {{"timestamp": "1"}}}}'.encode()))
        settings = FetchSettings(mirror=site.address)
        (outcome,) = try_out([feed], settings, now=NOW, stop=threading.Event())
        assert isinstance(outcome, Fetched) and len(outcome.documents) == 1
        assert [path for path, _ in site.asked] == ["/misp.example/manifest.json"]


def test_long_reading_tells_how_it_gets_on() -> None:
    heard: list[Progress] = []
    with loopback() as site:
        site.serve("/slow.example/feed", Answer(FEED, drip=0.02))
        due = [(_source("slow"), FetchState())]
        settings = FetchSettings(mirror=site.address)
        (outcome,) = fetch(due, settings, now=NOW, stop=threading.Event(), heard=heard.append)
    assert isinstance(outcome, Fetched)
    assert heard and {(one.source_id, one.asked) for one in heard} == {("slow", 1)}


LISTING = (
    b"<ul><li class=notice><a href=/notice/1>One</a></li><li class=notice><a href=/secret/2>Two</a></li></ul>"
)
NOTICE = b"<h1>One</h1><article>What it says.</article>"
SELECTORS = {"item": "li.notice", "title": "h1", "content": "article"}


def _pages(site: Loopback, robots: Answer) -> Outcome:
    site.serve("/site.example/robots.txt", robots)
    site.serve("/site.example/notices", Answer(LISTING, headers={"Content-Type": "text/html"}))
    for path in ("/notice/1", "/secret/2"):
        site.serve(f"/site.example{path}", Answer(NOTICE, headers={"Content-Type": "text/html"}))
    source = _source("site", kind="page", url="https://site.example/notices", options=SELECTORS)
    return _fetch(site, source)["site"]


def test_pages_made_for_people_are_read_as_their_robots_txt_allows() -> None:
    with loopback() as site:
        outcome = _pages(site, Answer(b"User-agent: *\nDisallow: /secret/"))
        assert isinstance(outcome, Fetched)
        assert {one.url.rpartition("example/")[2] for one in outcome.documents} == {"notices", "notice/1"}
        (failure,) = outcome.failures
        assert failure.url == "https://site.example/secret/2" and "robots.txt" in failure.reason
        assert site.count("/site.example/robots.txt") == 1 and site.count("/site.example/secret/2") == 0


def test_site_whose_robots_txt_gives_no_answer_is_not_read() -> None:
    with loopback() as site:
        outcome = _pages(site, Answer(status=503, headers={"Retry-After": "3600"}))
        assert isinstance(outcome, FetchError) and "robots.txt cannot be read" in str(outcome)
        assert site.count("/site.example/notices") == 0


def test_address_that_another_listing_may_still_name_is_not_gone() -> None:
    names = [f"a0000000-0000-4000-8000-00000000000{n}" for n in range(2)]
    feed = '{"feed": {"entry": [%s]}}'
    entry = '{"link": [{"rel": "self", "href": "https://csaf.example/%s.json"}], "updated": "1"}'
    metadata = '{"distributions": [{"rolie": {"feeds": [{"url": "https://csaf.example/all"}, {"url": "https://csaf.example/new"}]}}]}'
    source = _source(
        "csaf", kind="csaf", url="https://csaf.example/provider-metadata.json", options={"integrity": "none"}
    )
    with loopback() as site:
        both = ", ".join(entry % name for name in names)
        site.serve("/csaf.example/provider-metadata.json", Answer(metadata.encode()))
        site.serve("/csaf.example/all", Answer((feed % both).encode(), headers={"ETag": '"1"'}))
        site.serve("/csaf.example/new", Answer((feed % both).encode()))
        for name in names:
            site.serve(f"/csaf.example/{name}.json", Answer(b'{"document": {}}'))
        first = _fetch(site, source)["csaf"]
        assert isinstance(first, Fetched) and not first.failures
        site.serve("/csaf.example/new", Answer((feed % (entry % names[0])).encode()))
        site.serve("/csaf.example/all", Answer(status=304))
        second = _fetch(site, source, states={"csaf": first.state})["csaf"]
        assert isinstance(second, Fetched) and second.gone == ()
        site.serve("/csaf.example/all", Answer((feed % (entry % names[0])).encode()))
        state = FetchState({**first.state.addresses, **second.state.addresses})
        third = _fetch(site, source, states={"csaf": state})["csaf"]
        assert isinstance(third, Fetched) and third.gone == (f"https://csaf.example/{names[1]}.json",)


def test_secret_of_a_source_is_in_no_other_kind_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISP_KEY", "a-very-secret-key")
    program = "import os, sys; sys.stdin.read(); sys.exit('a-very-secret-key' in os.environ.values())"
    started: list[dict[str, str]] = []
    right = subprocess.Popen

    def popen(command: list[str], **settings: object) -> "subprocess.Popen[str]":
        started.append(settings["env"])  # type: ignore[arg-type]
        return right([sys.executable, "-c", program], **settings)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("collectors.fetching.door.subprocess.Popen", popen)
    with loopback() as site:
        _fetch(site, _source("good"), credentials={"misp": {"authorization": "env:MISP_KEY"}})
    assert started and all("a-very-secret-key" not in one.values() for one in started)
