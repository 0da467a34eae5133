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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from records import Document, Fetched, FetchError, FetchState, NotModified, Source, VigieError
from settings import ROOT, FetchSettings

GRACE = 60  # seconds a process may take beyond its sources' own limit

Outcome = Fetched | NotModified | FetchError


@dataclass(frozen=True, slots=True)
class Job:
    """What the subprocess of one kind is asked."""

    kind: str
    now: datetime
    settings: FetchSettings
    folder: str
    due: list[tuple[Source, FetchState]]
    cves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What it says of one source: `fetched` has documents without bodies, which lie in the folder
    under their digests; `error` is empty unless nothing could be read.
    """

    fetched: Fetched
    error: str = ""


JOB = TypeAdapter(Job)
ANSWER = TypeAdapter(Answer)


def fetch(
    due: Sequence[tuple[Source, FetchState]],
    settings: FetchSettings,
    *,
    now: datetime,
    stop: threading.Event,
) -> Iterator[Outcome]:
    """Yield what each source brought, as soon as it is there; kinds are read side by side.

    Every source of `due` gets exactly one outcome. A process that dies, hangs or eats its memory
    costs its own unfinished sources a `FetchError`, no other. Setting `stop` or closing the iterator
    ends all processes; the sources without an outcome are then simply still due. `now` is the instant
    of reception that documents carry.
    """
    outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    running: list[tuple[subprocess.Popen[str], threading.Thread]] = []
    with _temporary_folder() as folder:
        try:
            for kind, pairs in groupby(sorted(due, key=_kind_of), key=_kind_of):
                job = Job(kind, now, settings, str(Path(folder, kind)), list(pairs))
                Path(job.folder).mkdir()
                process = _start(job)
                listener = threading.Thread(target=_listen, args=(job, process, outcomes), daemon=True)
                listener.start()
                running.append((process, listener))
            for _ in due:
                outcome = _next(outcomes, stop)
                if outcome is None:
                    return
                yield outcome
        finally:
            for process, listener in running:
                process.kill()
                listener.join()


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


def _start(job: Job) -> subprocess.Popen[str]:
    """Start a kind's process and hand it its job."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    if job.settings.ca_file:
        environment["SSL_CERT_FILE"] = job.settings.ca_file
    if job.settings.proxy:
        environment |= dict.fromkeys(("http_proxy", "https_proxy"), job.settings.proxy)
    with Path(job.folder, "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "collectors.spider"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            start_new_session=True,  # a Ctrl-C meant for us stops it through the iterator's end
        )


def _listen(job: Job, process: subprocess.Popen[str], outcomes: "queue.SimpleQueue[Outcome]") -> None:
    """Pass a process's answers on; answer for the sources it leaves without one."""
    missing = {source.id for source, _ in job.due}
    limit = threading.Timer(job.settings.source_minutes * 60 + GRACE, process.kill)
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
                answer = ANSWER.validate_json(text)
            except ValidationError:  # it died in the middle of a line: nothing after it can be trusted
                process.kill()
                break
            missing.discard(answer.fetched.source_id)
            outcomes.put(_outcome(job, answer))
        process.wait()
    finally:
        limit.cancel()
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
