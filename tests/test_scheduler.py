"""A cycle reads, assesses, publishes and releases; nothing that goes wrong in one source harms another."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

import delivering
import enrichment
import intake
import scheduler
import store
from collectors.source_files import load_sources
from demo.server import serve as serve_week
from deployments import Deployment, Memory
from records import (
    Advisory,
    Background,
    Changes,
    FetchError,
    PublishError,
    Run,
    RunStatus,
    Source,
    StoreError,
)
from scheduler import _push, deliver, run_cycle, take_in
from settings import FetchSettings, PushSettings, ReleaseSettings, ServeSettings, Settings
from store import tables
from tests.conftest import ROOT
from tests.loopback import Answer, loopback

pytestmark = pytest.mark.whole
HOUR = timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Deployment]:
    """A deployment on three sources of the recorded week."""
    week = serve_week(ROOT / "demo" / "week")
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'vigie.sqlite'}",
        build=tmp_path / "build",
        release=ReleaseSettings(ledger=tmp_path / "ledger"),
        fetch=FetchSettings(mirror=f"http://127.0.0.1:{week.server_port}", timeout_seconds=2),
        serve=ServeSettings(port=0),
    )
    found, _ = load_sources(ROOT / "demo" / "sources")
    wanted = {"certfr-alertes", "partage-sante-misp", "cisa-kev", "first-epss"}
    archive = store.open_archive(settings.database)
    yield Deployment(settings, archive, tuple(source for source in found if source.id in wanted))
    archive.close()
    week.shutdown()


def test_cycle_publishes_what_it_read_and_a_second_one_costs_nothing(
    house: Deployment, now: datetime
) -> None:
    first = run_cycle(house, now)
    assert {run.source_id: run.status for run in first.runs} == dict.fromkeys(
        (source.id for source in house.sources), RunStatus.OK
    )
    assert first.published and first.assessed == 2
    build = house.settings.build
    site, lists = (build / "site").resolve(), (build / "lists").resolve()
    assert (site / "index.html").is_file() and (lists / "manifest.json").is_file()

    hurried = replace(house, sources=tuple(replace(one, interval_minutes=1) for one in house.sources))
    again = run_cycle(hurried, now + timedelta(minutes=10))
    assert [run.status for run in again.runs] == [RunStatus.UNCHANGED] * 4
    assert sum(run.size for run in again.runs) == 0, "every answer is a 304"
    assert not again.published and again.assessed == 0
    assert (build / "site").resolve() == site


def test_only_due_sources_are_read(house: Deployment, now: datetime) -> None:
    scheduler.collect(house, now)
    assert scheduler.collect(house, now + timedelta(minutes=1)) == ()
    assert len(scheduler.collect(house, now + timedelta(minutes=1), due_only=False)) == 4


def test_scores_arrive_for_cves_whichever_source_comes_first(house: Deployment, now: datetime) -> None:
    only = {source.id: source for source in house.sources}
    scheduler.collect(replace(house, sources=(only["first-epss"],)), now)
    assert store.counts(house.archive)["vulnerability"] == 0
    scheduler.collect(house, now + timedelta(minutes=1))
    edition = store.edition(house.archive, house.sources, now=now, audience=house.settings.audience)
    assert any(said.epss for all_said in edition.vulnerabilities.values() for said in all_said)


def test_defect_in_one_source_is_recorded_and_the_others_go_on(
    house: Deployment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = intake.save_outcome

    def wrong(archive: store.Archive, source: Source, outcome: object, *, now: datetime) -> object:
        if source.id == "cisa-kev":
            raise ZeroDivisionError("a defect of ours")
        return right(archive, source, outcome, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "save_outcome", wrong)
    statuses = {run.source_id: run for run in scheduler.collect(house, now)}
    assert statuses["cisa-kev"].status == RunStatus.FAILED
    assert statuses["cisa-kev"].error == "ZeroDivisionError: a defect of ours"
    assert statuses["certfr-alertes"].status == RunStatus.OK
    states = {one.source.id: one.state for one in store.statuses(house.archive, house.sources, now=now)}
    assert states["cisa-kev"] == "failing"


def test_source_that_asks_for_peace_is_left_alone(house: Deployment, now: datetime) -> None:
    source = house.sources[0]
    take_in(house, source, FetchError(source.id, "503", now + 30 * HOUR), now, started=time.monotonic())
    due = {one.id for one, _ in store.due_sources(house.archive, house.sources, now=now + 29 * HOUR)}
    assert source.id not in due and len(due) == 3


def test_archive_that_cannot_be_written_ends_the_cycle_in_one_sentence(
    house: Deployment, now: datetime
) -> None:
    from sqlalchemy import text

    run_cycle(house, now)
    with house.archive.writing() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON run BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    with pytest.raises(StoreError, match=r"vigie.sqlite: no$"):
        run_cycle(house, now + timedelta(days=2))


def test_scheduler_repeats_cycles_in_one_process_and_ends_cleanly(
    house: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 1)
    quick = replace(house, sources=tuple(replace(one, interval_minutes=1) for one in house.sources))
    clock = iter(range(1, 10_000))

    start = datetime(2025, 7, 20, 18, tzinfo=UTC)
    monkeypatch.setattr(scheduler, "_instant", lambda: start + next(clock) * HOUR)
    thread = threading.Thread(target=scheduler.serve_forever, args=(quick,))
    thread.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(store.last_runs(house.archive, "cisa-kev", 5)) < 3:
        time.sleep(0.2)
    quick.stop.set()
    thread.join(timeout=20)
    assert not thread.is_alive()
    statuses = [run.status for run in store.last_runs(house.archive, "cisa-kev", 5)]
    assert len(statuses) >= 3 and set(statuses) == {RunStatus.OK, RunStatus.UNCHANGED}
    mine = ["pgrep", "-P", str(os.getpid()), "-f", "collectors.fetching.reader"]
    assert subprocess.run(mine, capture_output=True, text=True, check=False).stdout == ""


def test_publication_that_failed_is_made_up_for_by_the_next_cycle(
    house: Deployment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cycle(house, now)
    source = next(one for one in house.sources if one.id == "cisa-kev")
    later = now + timedelta(minutes=5)
    store.record_run(
        house.archive,
        Run(
            source_id=source.id, started_at=later, ended_at=later, status=RunStatus.OK, changes=Changes(new=1)
        ),
    )
    with monkeypatch.context() as broken:
        broken.setattr("publishing.build.publish", _fail)
        with pytest.raises(PublishError):
            run_cycle(house, now + timedelta(minutes=6))
    assert run_cycle(house, now + timedelta(minutes=7)).published
    assert not run_cycle(house, now + timedelta(minutes=8)).published
    assert run_cycle(house, now + timedelta(minutes=70)).published, "an old edition looks like a dead cell"


def test_lists_that_are_held_stay_out_and_the_site_goes_out(house: Deployment, now: datetime) -> None:
    run_cycle(house, now)
    lists = (house.settings.build / "lists").resolve()
    with house.archive.writing() as connection:  # as if every source had dropped all it said
        connection.execute(tables.indicator.update().values(withdrawn_at=now))
    later = now + timedelta(minutes=70)
    cycle = deliver(house, later)
    assert cycle.published
    assert (house.settings.build / "lists").resolve() == lists
    assert house.memory.held == (later, store.last_run_id(house.archive))
    told = store.last_entries(house.archive, "hold")["lists"]
    assert ["shrinkage", "lists"] in cast(list[list[str]], told.details["held"])
    approval = {"by": "analyste", "reason": "vu"}
    assert delivering.write_lists(house, later + HOUR, approval=approval).entries == 0


def test_release_reaches_the_targets_of_the_settings(
    house: Deployment, now: datetime, tmp_path: Path
) -> None:
    copy = tmp_path / "copie"
    copy.mkdir()
    target = PushSettings(kind="folder", url=str(copy))
    house = replace(house, settings=house.settings.model_copy(update={"push": {"copie": target}}))
    _push(house, now)
    assert not list(copy.iterdir()), "nothing was released yet"
    run_cycle(house, now)
    _push(house, now)
    published = house.settings.build / "lists" / "domains.txt"
    assert (copy / "domains.txt").read_bytes() == published.read_bytes()


def _fail(*_: object, **__: object) -> None:
    raise PublishError("the disk is full")


def test_stopped_cycle_publishes_nothing(house: Deployment, now: datetime) -> None:
    house.stop.set()
    cycle = run_cycle(house, now)
    assert cycle == scheduler.Cycle((), 0, False)
    assert not (house.settings.build / "site").exists()


def test_slow_source_delays_neither_its_neighbours_nor_the_site(
    house: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 1)
    feed = b"<rss version='2.0'><channel><item><guid>1</guid><title>One</title></item></channel></rss>"
    slow, quick = (
        Source(id=name, name=name, kind="rss", url=f"https://{name}.example/feed")
        for name in ("slow", "quick")
    )
    with loopback() as site:
        site.serve("/slow.example/feed", Answer(feed, drip=1))
        site.serve("/quick.example/feed", Answer(feed))
        settings = house.settings.model_copy(update={"fetch": FetchSettings(mirror=site.address)})
        both = replace(house, settings=settings, sources=(slow, quick))
        thread = threading.Thread(target=scheduler.serve_forever, args=(both,))
        thread.start()
        page = house.settings.build / "site" / "index.html"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (page.exists() and both.memory.reading == {"slow"}):
            time.sleep(0.1)
        reading = set(both.memory.reading)
        both.stop.set()
        thread.join(timeout=20)
    assert not thread.is_alive() and page.is_file()
    assert reading == {"slow"} and site.count("/slow.example/feed") == 1, "never two runs of one source"
    assert [run.status for run in store.last_runs(house.archive, "quick", 1)] == [RunStatus.OK]
    assert store.last_runs(house.archive, "slow", 1) == [], "it is simply still due"


def test_source_that_fails_for_an_hour_is_told_once_and_again_when_it_is_well(
    house: Deployment, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "vigie")
    source = house.sources[0]

    def record(status: RunStatus, at: datetime) -> None:
        run = Run(source_id=source.id, started_at=at, ended_at=at, status=status, error="the host is down")
        store.record_run(house.archive, run)

    record(RunStatus.OK, now - HOUR)
    record(RunStatus.FAILED, now)
    told = []
    for minutes in (30, 61, 90):
        scheduler.tell(house, now + timedelta(minutes=minutes))
        told.append(sum(source.id in line.getMessage() for line in caplog.records))
    record(RunStatus.OK, now + 2 * HOUR)
    scheduler.tell(house, now + 2 * HOUR)
    told.append(sum(source.id in line.getMessage() for line in caplog.records))
    assert told == [0, 1, 1, 2]


def test_advisory_that_breaks_a_rule_costs_no_other(
    house: Deployment, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = enrichment.assess

    def wrong(record: Advisory, background: Background) -> object:
        if record.native_id == bad[0]:
            raise ZeroDivisionError("a defect of ours")
        return right(record, background)

    scheduler.collect(house, now)
    edition = store.edition(house.archive, house.sources, now=now, audience=house.settings.audience)
    bad = sorted(story.advisory.native_id for story in edition.stories)[:1]
    monkeypatch.setattr(enrichment, "assess", wrong)
    assert scheduler.assess(house, now) == len(edition.stories) > 1
    judged = store.assessments(house.archive)
    named = {story.advisory.native_id: story.advisory.id in judged for story in edition.stories}
    assert [name for name, done in named.items() if not done] == bad
    assert "could not be assessed" in caplog.text


def test_what_a_dead_process_saved_without_saying_so_is_assessed_by_the_next(
    house: Deployment, now: datetime
) -> None:
    scheduler.collect(house, now)
    scheduler.assess(house, now)
    with house.archive.writing() as connection:  # saved, and killed before the run was in the ledger
        connection.exec_driver_sql("UPDATE advisory SET content_hash = 'changed'")
    reborn = replace(house, memory=Memory())
    assert scheduler.assess(reborn, now + timedelta(minutes=1)) == 2
    assert scheduler.assess(reborn, now + timedelta(minutes=2)) == 0


def test_emptied_source_stays_empty_until_it_offers_something(house: Deployment, now: datetime) -> None:
    feed = b"<rss version='2.0'><channel>%s</channel></rss>"
    item = b"<item><guid>1</guid><title>One</title></item>"
    source = Source(id="feed", name="Feed", kind="rss", url="https://feed.example/feed")
    with loopback() as site:
        settings = house.settings.model_copy(update={"fetch": FetchSettings(mirror=site.address)})
        one = replace(house, settings=settings, sources=(source,))
        seen = []
        for day, body in enumerate((item, b"", b"", item)):
            site.serve("/feed.example/feed", Answer(feed % body, headers={"ETag": f'"{body!r}"'}))
            (run,) = scheduler.collect(one, now + day * 24 * HOUR, due_only=False)
            seen.append(run.status)
    assert seen == [RunStatus.OK, RunStatus.EMPTY, RunStatus.EMPTY, RunStatus.UNCHANGED]
