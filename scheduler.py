"""The clock: one cycle on one screen, and the scheduler that repeats it."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypeVar, cast

import alarms
import collectors
import delivering
import enrichment
import intake
import pushing
import store
from collectors.fetching import Outcome, fetch
from deployments import Deployment
from publishing import build
from records import (
    Advisory,
    Assessment,
    Background,
    FetchState,
    Run,
    RunStatus,
    Source,
    VigieError,
)
from sharing import release as lists
from sharing.interlock import HeldError
from sharing.manifest import MANIFEST

TICK_SECONDS = 60  # how often the archive is asked what is due
READERS = 16  # ticks whose slow sources may still be read while the next ones begin
RELEASE_EVERY = timedelta(minutes=15)  # so that what expires leaves although no source is due
PUBLISH_EVERY = timedelta(hours=1)  # so that the site shows how fresh it is although nothing is new

T = TypeVar("T")

log = logging.getLogger("vigie")


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
    runs = collect(house, now)
    return replace(deliver(house, now), runs=runs)


def deliver(house: Deployment, now: datetime) -> Cycle:
    """Assess what is new, release the lists, and publish if a reader could notice; raises `VigieError`."""
    if house.stop.is_set():
        return Cycle((), assessed=0, published=False)
    _refresh_references(house, now)
    assessed = assess(house, now)
    _release_or_hold(house, now)
    states = {one.source.id: one.state for one in store.statuses(house.archive, house.sources, now=now)}
    published = states != house.memory.shown or assessed > 0 or _publication_is_due(house, now)
    if published:
        publish(house, now)
        house.memory.shown = states
    return Cycle((), assessed, published)


def _release_or_hold(house: Deployment, now: datetime) -> None:
    """Release the lists; where the interlock wants a human, say so, and let the site go out all the same."""
    upto = store.last_run_id(house.archive)
    try:
        release(house, now)
        house.memory.held = None
    except HeldError as error:
        house.memory.held = (now, upto)
        log.error("%s", error)


def collect(house: Deployment, now: datetime, *, due_only: bool = True) -> tuple[Run, ...]:
    """Read all due sources (or all enabled ones), each isolated from the others' failures.

    What is kept only for CVEs that advisories name is read last, when those are there.
    """
    if due_only:
        due = store.due_sources(house.archive, house.sources, now=now)
    else:
        enabled = [source for source in house.sources if source.enabled]
        due = [(source, store.fetch_state(house.archive, source)) for source in enabled]
    house.progress(f"Reading {len(due)} source{'s' if len(due) > 1 else ''}")
    runs = read(house, lambda: [pair for pair in due if not _is_reference(pair[0])], now)
    runs += read(house, lambda: [pair for pair in due if _is_reference(pair[0])], now)
    _refresh_references(house, now)
    return runs


def read(
    house: Deployment, due: Callable[[], Sequence[tuple[Source, FetchState]]], now: datetime
) -> tuple[Run, ...]:
    """Read the sources that `due` names, but for those that this process is reading already, and record
    their runs. What is due is asked in turn: a run that ended a moment ago is in the ledger by then.
    """
    with house.memory.turn:
        mine = {one.id: (one, state) for one, state in due() if one.id not in house.memory.reading}
        house.memory.reading |= mine.keys()
    if not mine:
        return ()
    runs: list[Run] = []
    started, left = time.monotonic(), set(mine)
    try:
        cves = (
            _newest_first(store.named_cves(house.archive))
            if any(map(_is_reference, (source for source, _ in mine.values())))
            else ()
        )
        outcomes = fetch(
            list(mine.values()), house.settings.fetch, now=now, stop=house.stop, cves=cves, heard=house.heard
        )
        with closing(outcomes):  # its processes end here, not when the collector of garbage comes by
            for outcome in outcomes:
                run = take_in(house, mine[outcome.source_id][0], outcome, now, started=started)
                runs.append(run)
                with house.memory.turn:
                    house.memory.reading.discard(run.source_id)
                    left.discard(run.source_id)
                house.report(run)
    finally:
        with house.memory.turn:
            house.memory.reading -= left  # what ended may be read again by now
    return tuple(runs)


def take_in(house: Deployment, source: Source, outcome: Outcome, now: datetime, *, started: float) -> Run:
    """Save what one source brought and record the run; its failure is recorded, never passed on.

    The run began at `now`, when this machine's monotonic clock stood at `started`.
    """

    def broken(error: Exception) -> Run:
        if not isinstance(error, VigieError):
            log.error("a source could not be taken in: source=%s", source.id, exc_info=error)
        said = str(error) if isinstance(error, VigieError) else f"{type(error).__name__}: {error}"
        return Run(source_id=source.id, started_at=now, ended_at=now, status=RunStatus.FAILED, error=said)

    run = _attempt(lambda: intake.save_outcome(house.archive, source, outcome, now=now), broken)
    run = replace(run, ended_at=now + timedelta(seconds=time.monotonic() - started))
    store.record_run(house.archive, run, not_before_at=getattr(outcome, "not_before_at", None))
    return run


def _attempt(work: Callable[[], T], broken: Callable[[Exception], T]) -> T:
    """Do one source's or one advisory's work; whatever goes wrong with it costs no other."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the one place that catches everything
        return broken(error)


def assess(house: Deployment, now: datetime) -> int:
    """Let every rule judge the advisories it has not judged on what is now known; return how many.

    Where no run has brought anything since the last time, and the rules and the month are the same,
    nothing is even looked at.
    """
    audience, shown = house.settings.audience, sorted(f"{one.id} {one.tlp.label}" for one in house.sources)
    mark = {
        "rules": enrichment.rules(),
        "month": f"{now:%Y-%m}",
        "health_from": house.settings.health_from,
        "audience": audience.label,
        "sources": blake2b("\n".join(shown).encode(), digest_size=16).hexdigest(),
    }
    upto = store.last_run_id(house.archive)
    last = store.last_entries(house.archive, "assess").get("advisories")
    same = last is not None and all(last.details.get(key) == value for key, value in mark.items())
    quiet = last is not None and not store.changed_since(house.archive, _upto(last))
    if house.memory.assessed and same and quiet:
        return 0
    known = store.background(house.archive, house.sources, now=now, audience=house.settings.audience)
    background = replace(known, health_from=house.settings.health_from)
    waiting = store.unjudged(house.archive, enrichment.rules(), background)
    if waiting:
        house.progress(f"Assessing {len(waiting)} advisories")
        made = (
            (assessment, basis) for advisory, basis in waiting for assessment in _judged(advisory, background)
        )
        store.save_assessments(house.archive, made, now=now)
    house.memory.assessed = True
    details = mark | {"upto_run": upto, "assessed": len(waiting)}
    store.write_journal(house.archive, "assess", "advisories", at=now, details=details)
    return len(waiting)


def _judged(advisory: Advisory, background: Background) -> list[Assessment]:
    """Return what the rules conclude; nothing, and a line in the log, where one of them breaks."""

    def broken(error: Exception) -> list[Assessment]:
        log.error("an advisory could not be assessed: id=%s", advisory.id, exc_info=error)
        return []

    return _attempt(lambda: enrichment.assess(advisory, background), broken)


def publish(house: Deployment, now: datetime) -> build.Published:
    """Build the site of this instant's edition and put it in the place of the last.

    What rules conclude is brought up to date first: a reason made for another audience is never shown.
    """
    assess(house, now)
    return delivering.build_site(house, now)


def release(house: Deployment, now: datetime) -> lists.Release:
    """Write the lists of this instant and put them in the place of the last."""
    return delivering.write_lists(house, now)


def serve_forever(house: Deployment) -> None:
    """Read and deliver until `house.stop` is set, then end cleanly.

    APScheduler is the clock only: in memory, in UTC. What is due lives in the archive (decision 0004),
    so a restart loses nothing and repeats nothing. Reading and delivering are jobs of their own, and
    each tick reads what is due and not being read: a slow source delays neither its neighbours nor
    the site (decision 0017).
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    executors = {"default": ThreadPoolExecutor(READERS + 4)}
    scheduler = BackgroundScheduler(timezone="UTC", executors=executors)
    jobs = ((_read_due, READERS), (_read_references, 1), (_deliver, 1), (_push, 1), (tell, 1))
    for delay, (job, instances) in enumerate(jobs):
        scheduler.add_job(
            _guarded,
            "interval",
            args=(job, house),
            seconds=TICK_SECONDS,
            next_run_time=datetime.now(UTC) + delay * timedelta(seconds=TICK_SECONDS / len(jobs)),
            max_instances=instances,
            coalesce=True,
            misfire_grace_time=3600,
        )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a long job skipping ticks is normal
    scheduler.start()
    house.stop.wait()
    scheduler.shutdown(wait=True)


def _guarded(job: Callable[[Deployment, datetime], None], house: Deployment) -> None:
    """Do a job of the clock; what stops it is logged, and the next tick tries again."""
    try:
        job(house, _instant())
    except VigieError as error:
        log.error("a step could not be finished: %s", error)


def _instant() -> datetime:
    return datetime.now(UTC)


def _read_due(house: Deployment, now: datetime) -> None:
    others = [source for source in house.sources if not _is_reference(source)]
    read(house, lambda: store.due_sources(house.archive, others, now=now), now)


def _read_references(house: Deployment, now: datetime) -> None:
    """Read what is due of the sources that are kept for named CVEs, once there are any."""
    references = [source for source in house.sources if _is_reference(source)]
    if references and store.named_cves(house.archive):
        read(house, lambda: store.due_sources(house.archive, references, now=now), now)


def _deliver(house: Deployment, now: datetime) -> None:
    """Deliver where a source was read since the last time, or where the lists are old."""
    last = store.last_entries(house.archive, "release").get("lists")
    tries = [house.memory.held, None if last is None else (last.at, _upto(last))]
    seen = store.last_run_id(house.archive)
    if any(one is not None and now - one[0] < RELEASE_EVERY and one[1] == seen for one in tries):
        return
    cycle = deliver(house, now)
    log.info("delivered: assessed=%d published=%s", cycle.assessed, cycle.published)


def _push(house: Deployment, now: datetime) -> None:
    """Send the release that is out to those who lack it; a slow target delays no release."""
    if house.settings.push and (house.settings.build / "lists" / MANIFEST).exists():
        for _ in pushing.pushed(house.settings):  # each says in the log what became of it
            if house.stop.is_set():
                return


def tell(house: Deployment, now: datetime) -> None:
    """Tell each receiver the alarms that it was not told yet; one that is down is told at a later tick."""
    settings = house.settings
    statuses = store.statuses(house.archive, house.sources, now=now)
    for receiver in alarms.receivers(settings):
        action = f"alarm-{receiver}"
        told = {
            source_id: str(entry.details["state"])
            for source_id, entry in store.last_entries(house.archive, action).items()
        }
        waiting = alarms.due(statuses, told, now, after_minutes=settings.alarms.after_minutes)
        if waiting and alarms.send(waiting, receiver, settings, now=now):
            for one in waiting:
                details = {"state": one.state}
                store.write_journal(house.archive, action, one.source_id, at=now, details=details)


def _is_reference(source: Source) -> bool:
    """Whether a source is kept only for CVEs that advisories name."""
    return source.kind in collectors.FOR_NAMED_CVES


def _newest_first(cves: Iterable[str]) -> tuple[str, ...]:
    """Order CVE ids (`CVE-year-number`) from the newest to the oldest."""
    return tuple(sorted(cves, key=lambda cve: tuple(map(int, cve.split("-")[1:])), reverse=True))


def _publication_is_due(house: Deployment, now: datetime) -> bool:
    """Whether something came since the last publication that succeeded, or that is an hour old."""
    last = store.last_entries(house.archive, "publish").get("site")
    if last is None or now - last.at >= PUBLISH_EVERY or not (house.settings.build / "site").exists():
        return True
    return store.changed_since(house.archive, _upto(last))


def _upto(entry: store.Entry) -> int:
    """Return the number of the last run that a step could see."""
    return cast(int, entry.details.get("upto_run", 0))


def _refresh_references(house: Deployment, now: datetime) -> None:
    """Read reference sources again from their kept documents where advisories name other CVEs now."""
    references = [source for source in house.sources if _is_reference(source)]
    if not references:
        return
    named = "".join(sorted(store.named_cves(house.archive)))
    mark = blake2b(named.encode(), digest_size=16).hexdigest()
    last = store.last_entries(house.archive, "refresh").get("references")
    if last is None or last.details.get("named") != mark:
        for source in references:
            intake.refresh(house.archive, source, now=now)
        store.write_journal(house.archive, "refresh", "references", at=now, details={"named": mark})
