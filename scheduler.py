"""The clock: one cycle on one screen, and the scheduler that repeats it."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import collectors
import enrichment
import intake
import store
from collectors.fetching import Outcome, fetch
from publishing import build
from records import (
    Run,
    RunStatus,
    Source,
    VigieError,
)
from settings import Settings
from sharing import release as lists

TICK_SECONDS = 60  # how often the archive is asked what is due
RELEASE_EVERY = timedelta(minutes=15)  # so that what expires leaves although no source is due
PUBLISH_EVERY = timedelta(hours=1)  # so that the site shows how fresh it is although nothing is new

log = logging.getLogger("vigie")


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a cycle works on. `report` hears of each run as it ends, `progress` of each step as it begins.
    Setting `stop` ends the cycle at the next step; what is saved stays saved.
    """

    settings: Settings
    archive: store.Archive
    sources: tuple[Source, ...]
    report: Callable[[Run], None] = lambda run: None
    progress: Callable[[str], None] = lambda step: None
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle did; `published` tells whether a new site and new lists went out."""

    runs: tuple[Run, ...]
    assessed: int
    published: bool


def run_cycle(house: Deployment, now: datetime) -> Cycle:
    """Read what is due, assess what is new, publish and release if a reader could notice.

    Every source that was tried leaves a run in the ledger, whatever happened to it. Raises
    `VigieError` where the archive, the site or the lists cannot be written; repeating is safe.
    """
    before = store.statuses(house.archive, house.sources, now=now)
    runs = collect(house, now)
    if house.stop.is_set():
        return Cycle(runs, assessed=0, published=False)
    assessed = assess(house, now)
    after = store.statuses(house.archive, house.sources, now=now)
    states_moved = [one.state for one in before] != [one.state for one in after]
    release(house, now)
    published = states_moved or assessed > 0 or _publication_is_due(house, now)
    if published:
        publish(house, now)
    return Cycle(runs, assessed, published)


def collect(house: Deployment, now: datetime, *, due_only: bool = True) -> tuple[Run, ...]:
    """Read all due sources (or all enabled ones), each isolated from the others' failures."""
    if due_only:
        due = store.due_sources(house.archive, house.sources, now=now)
    else:
        enabled = [source for source in house.sources if source.enabled]
        due = [(source, store.fetch_state(house.archive, source)) for source in enabled]
    house.progress(f"Reading {len(due)} sources")
    by_id = {source.id: source for source, _ in due}
    started = time.monotonic()
    runs: list[Run] = []
    for outcome in _reference_last(fetch(due, house.settings.fetch, now=now, stop=house.stop), by_id):
        run = take_in(house, by_id[outcome.source_id], outcome, now, started=started)
        runs.append(run)
        house.report(run)
    _refresh_references(house, now)
    return tuple(runs)


def take_in(house: Deployment, source: Source, outcome: Outcome, now: datetime, *, started: float) -> Run:
    """Save what one source brought and record the run; its failure is recorded, never passed on.

    The run began at `now`, when this machine's monotonic clock stood at `started`.
    """
    try:
        run = intake.save_outcome(house.archive, source, outcome, now=now)
    except Exception as error:
        if not isinstance(error, VigieError):
            log.exception("a source could not be taken in: source=%s", source.id)
        run = Run(
            source_id=source.id,
            started_at=now,
            ended_at=now,
            status=RunStatus.FAILED,
            error=str(error) if isinstance(error, VigieError) else f"{type(error).__name__}: {error}",
        )
    run = replace(run, ended_at=now + timedelta(seconds=time.monotonic() - started))
    store.record_run(house.archive, run, not_before_at=getattr(outcome, "not_before_at", None))
    return run


def assess(house: Deployment, now: datetime) -> int:
    """Let every rule judge the advisories it has not judged as they now are; return how many."""
    waiting = store.unjudged(house.archive, enrichment.rules())
    if not waiting:
        return 0
    house.progress(f"Assessing {len(waiting)} advisories")
    background = store.background(house.archive)
    made = (
        (assessment, content_hash)
        for advisory, content_hash in waiting
        for assessment in enrichment.assess(advisory, background)
    )
    store.save_assessments(house.archive, made, now=now)
    return len(waiting)


def publish(house: Deployment, now: datetime) -> build.Published:
    """Build the site of this instant's edition and put it in the place of the last."""
    settings = house.settings
    house.progress("Building the site")
    edition = store.edition(house.archive, house.sources, now=now, audience=settings.audience)
    made = build.publish(edition, settings.build, name=settings.site_name, url=settings.site_url)
    store.write_journal(house.archive, "publish", "site", at=now, details={"pages": made.pages})
    return made


def release(house: Deployment, now: datetime) -> lists.Release:
    """Write the lists of this instant and put them in the place of the last."""
    settings = house.settings
    house.progress("Writing the lists")
    edition = store.edition(house.archive, house.sources, now=now, audience=settings.audience)
    made = lists.release(edition, settings.build / "lists")
    store.write_journal(
        house.archive,
        "release",
        "lists",
        at=now,
        details={"entries": made.entries, "suppressed": dict(made.suppressed)},
    )
    return made


def serve_forever(house: Deployment) -> None:
    """Repeat the cycle until `house.stop` is set, then end cleanly.

    APScheduler is the clock only: in memory, in UTC, one cycle at a time. What is due lives in the
    archive (decision 0004), so a restart loses nothing and repeats nothing.
    """
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        _tick,
        "interval",
        args=(house,),
        seconds=TICK_SECONDS,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=3600,
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a long cycle skipping ticks is normal
    scheduler.start()
    house.stop.wait()
    scheduler.shutdown(wait=True)


def _tick(house: Deployment) -> None:
    now = datetime.now(UTC)
    try:
        released = store.last_entry(house.archive, "release")
        recent = released is not None and now - released < RELEASE_EVERY
        if recent and not store.due_sources(house.archive, house.sources, now=now):
            return
        cycle = run_cycle(house, now)
    except VigieError as error:
        log.error("the cycle could not be finished: %s", error)
        return
    log.info("cycle done: sources=%d published=%s", len(cycle.runs), cycle.published)


def _publication_is_due(house: Deployment, now: datetime) -> bool:
    """Whether something came since the last publication that succeeded, or that is an hour old."""
    last = store.last_entry(house.archive, "publish")
    if last is None or now - last >= PUBLISH_EVERY or not (house.settings.build / "site").exists():
        return True
    return store.changed_since(house.archive, last)


def _refresh_references(house: Deployment, now: datetime) -> None:
    """Read reference sources again from their kept documents where advisories have come since the last time."""
    references = [one for one in house.sources if one.kind in collectors.FOR_NAMED_CVES]
    last = store.last_entry(house.archive, "refresh")
    if references and (last is None or store.named_since(house.archive, last)):
        for source in references:
            intake.refresh(house.archive, source, now=now)
        store.write_journal(house.archive, "refresh", "references", at=now)


def _reference_last(outcomes: Iterable[Outcome], by_id: dict[str, Source]) -> Iterator[Outcome]:
    """Hold back what is only kept for CVEs that advisories name until those are there."""
    held: list[Outcome] = []
    for outcome in outcomes:
        if by_id[outcome.source_id].kind in collectors.FOR_NAMED_CVES:
            held.append(outcome)
        else:
            yield outcome
    yield from held
