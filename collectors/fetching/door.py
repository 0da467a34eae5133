"""Fetch sources through Scrapy, one subprocess per kind: the door between Vigie and the network.

A Twisted reactor starts once per process and a crawl has no hard limits of its own, so each run of a
kind is a process that can be stopped, with its own memory limit (decision 0011). It answers with one
line of JSON per source, as soon as that source is done, and leaves the documents in a folder.
"""

import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from collectors import FOR_NAMED_CVES
from records import Document, Fetched, FetchError, FetchState, NotModified, Source, VigieError
from settings import ROOT, FetchSettings

GRACE = 60  # seconds a process may take beyond its sources' own limit

Outcome = Fetched | NotModified | FetchError


@dataclass(frozen=True, slots=True)
class Job:
    """What the subprocess of one kind is asked; a `shallow` one reads first addresses only."""

    kind: str
    now: datetime
    settings: FetchSettings
    folder: str
    due: list[tuple[Source, FetchState]]
    cves: tuple[str, ...] = ()
    shallow: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What it says of one source: `fetched` has documents without bodies, which lie in the folder
    under their digests; `error` is empty unless nothing could be read.
    """

    fetched: Fetched
    error: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source that is being read has got: addresses asked, documents received."""

    source_id: str
    asked: int
    received: int


JOB = TypeAdapter(Job)
ANSWER = TypeAdapter(Answer)
PROGRESS = TypeAdapter(Progress)
LINE: TypeAdapter[Answer | Progress] = TypeAdapter(Answer | Progress)


def fetch(
    due: Sequence[tuple[Source, FetchState]],
    settings: FetchSettings,
    *,
    now: datetime,
    stop: threading.Event,
    cves: tuple[str, ...] = (),
    heard: Callable[[Progress], None] = lambda progress: None,
) -> Generator[Outcome, None, None]:
    """Yield what each source brought, as soon as it is there; kinds are read side by side.

    Every source of `due` gets exactly one outcome. A process that dies, hangs or eats its memory
    costs its own unfinished sources a `FetchError`, no other. Setting `stop` or closing the iterator
    ends all processes; the sources without an outcome are then simply still due. `now` is the instant
    of reception that documents carry, `cves` are those that advisories name, the newest first, and
    `heard` is told how each source gets on, from another thread.
    """
    whole = Job("", now, settings, "", list(due), cves)
    return _fetch(whole, stop, heard)


def try_out(
    sources: Iterable[Source],
    settings: FetchSettings,
    *,
    now: datetime,
    stop: threading.Event,
    cves: tuple[str, ...] = (),
) -> Generator[Outcome, None, None]:
    """Yield what the first addresses of each source answer, as if for the first time, and no more."""
    whole = Job("", now, settings, "", [(source, FetchState()) for source in sources], cves, shallow=True)
    return _fetch(whole, stop, lambda progress: None)


def _fetch(
    whole: Job, stop: threading.Event, heard: Callable[[Progress], None]
) -> Generator[Outcome, None, None]:
    outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    running: list[tuple[subprocess.Popen[str], threading.Thread]] = []
    with _temporary_folder() as folder:
        try:
            for job in _jobs(whole, folder):
                Path(job.folder).mkdir()
                process = _start(job, _secrets(whole.settings))
                listener = threading.Thread(target=_listen, args=(job, process, outcomes, heard), daemon=True)
                listener.start()
                running.append((process, listener))
            for _ in whole.due:
                outcome = _next(outcomes, stop)
                if outcome is None:
                    return
                yield outcome
        finally:
            for process, listener in running:
                process.kill()
                listener.join()


def _jobs(whole: Job, folder: str) -> Iterator[Job]:
    """Cut a job into one for each kind, which knows the credentials of its own sources only."""
    for kind, pairs in groupby(sorted(whole.due, key=_kind_of), key=_kind_of):
        due = list(pairs)
        ids = {source.id for source, _ in due}
        shown = {name: one for name, one in whole.settings.credentials.items() if name in ids}
        settings = whole.settings.model_copy(update={"credentials": shown})
        cves = whole.cves if kind in FOR_NAMED_CVES else ()
        yield replace(whole, kind=kind, settings=settings, folder=str(Path(folder, kind)), due=due, cves=cves)


def _secrets(settings: FetchSettings) -> frozenset[str]:
    shown = settings.credentials.values()
    return frozenset(value for one in shown for value in (one.user, one.password, one.authorization) if value)


def _temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    try:
        return tempfile.TemporaryDirectory(prefix="vigie-", ignore_cleanup_errors=True)
    except OSError as error:
        raise VigieError(f"no temporary folder can be made ({error.strerror}); set TMPDIR") from error


def _next(outcomes: "queue.SimpleQueue[Outcome]", stop: threading.Event) -> Outcome | None:
    """Wait for an outcome; `None` once `stop` is set."""
    while not stop.is_set():
        try:
            return outcomes.get(timeout=0.2)
        except queue.Empty:
            continue
    return None


def _kind_of(pair: tuple[Source, FetchState]) -> str:
    return pair[0].kind


def _start(job: Job, secrets: frozenset[str]) -> subprocess.Popen[str]:
    """Start a kind's process, without what in our environment is a source's secret."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VIGIE_") and value not in secrets
    }
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    if job.settings.ca_file:
        environment["SSL_CERT_FILE"] = job.settings.ca_file
    if job.settings.proxy:
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), job.settings.proxy)
    with Path(job.folder, "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "collectors.fetching.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            env=environment,
            start_new_session=True,  # a Ctrl-C meant for us stops it through the iterator's end
        )


def _listen(
    job: Job,
    process: subprocess.Popen[str],
    outcomes: "queue.SimpleQueue[Outcome]",
    heard: Callable[[Progress], None],
) -> None:
    """Pass a process's answers on; answer for the sources it leaves without one."""
    missing = {source.id for source, _ in job.due}
    waits = job.settings.retry_after_seconds + job.settings.timeout_seconds
    limit = threading.Timer(job.settings.source_minutes * 60 + GRACE + waits, process.kill)
    limit.start()
    try:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(JOB.dump_json(job).decode())
            process.stdin.close()
        except BrokenPipeError:
            pass  # it died at once: the log says why, and no line follows
        for text in process.stdout:
            try:
                line = LINE.validate_json(text)
            except ValidationError:  # it died in the middle of a line: nothing after it can be trusted
                process.kill()
                break
            if isinstance(line, Progress):
                heard(line)
                continue
            missing.discard(line.fetched.source_id)
            outcomes.put(_outcome(job, line))
        process.wait()
    finally:  # whatever happened here, nobody waits for an answer that does not come
        limit.cancel()
        process.kill()
        process.wait()
        for source_id in sorted(missing):
            outcomes.put(FetchError(source_id, _death(job, process.returncode)))


def _outcome(job: Job, answer: Answer) -> Outcome:
    """Bring the bodies of an answer's documents back."""
    fetched = answer.fetched
    if answer.error:
        return FetchError(fetched.source_id, answer.error, fetched.state.not_before_at)
    if not (fetched.documents or fetched.failures or fetched.gone):
        return NotModified(
            fetched.source_id, fetched.state, fetched.requests, fetched.size, fetched.not_modified
        )
    try:
        return replace(fetched, documents=tuple(_body(job.folder, one) for one in fetched.documents))
    except OSError as error:
        return FetchError(fetched.source_id, f"its documents cannot be read back: {error.strerror}")


def _body(folder: str, document: Document) -> Document:
    return replace(document, body=Path(folder, document.digest).read_bytes())


def _death(job: Job, code: int | None) -> str:
    """Say why a kind's process ended early, with the last words of its log."""
    lines = Path(job.folder, "log").read_text("utf-8", "replace").splitlines()
    words = next((line.strip() for line in reversed(lines) if line.strip()), "it left no message")
    if code == -9:
        minutes = job.settings.source_minutes
        words = f"it took more than {minutes:g} minutes or was killed; see fetch.source_minutes"
    elif "MemoryError" in words:
        words = f"it needed more than {job.settings.memory_megabytes} MB; see fetch.memory_megabytes"
    elif "No space left" in words:
        words = "the disk is full: make room and run again"
    return f"the reader of kind {job.kind!r} stopped early: {words[:300]}"
