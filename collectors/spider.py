"""Read all due sources of one kind with Scrapy, in a process of its own (see `collectors.fetching`).

Everything here that is not politeness is a limit: of size, time, depth, redirects and memory.
"""

import ctypes
import hashlib
import logging
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from twisted.python.failure import Failure

from collectors import kind
from collectors.fetching import ANSWER, JOB, Answer, Job
from collectors.limits import (
    MAX_DEPTH,
    MAX_REDIRECTS,
    MAX_REQUESTS,
    refusal,
    retry_after,
)
from collectors.politeness import header, mirrored, refused_names, scrapy_settings
from records import (
    AddressState,
    Document,
    FailedAddress,
    Fetched,
    FetchState,
    Request,
    Source,
    Start,
    UnreadableError,
)

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way: `url` is where it is now, after `redirects` redirects; `listing` named it."""

    request: Request
    url: str
    depth: int
    redirects: int
    listing: str | None
    headers: dict[str, str]


class SourceSpider(scrapy.Spider):
    """Reads one source: its first addresses, then those its documents lead to."""

    name = "vigie"

    def __init__(self, job: Job, source: Source, state: FetchState) -> None:
        super().__init__(source.id)
        self.job, self.source, self.known = job, source, state.addresses
        self.begin = Start(job.now, state, job.cves)
        self.kind = kind(source.kind)
        self.documents: list[Document] = []
        self.failures: list[FailedAddress] = []
        self.state: dict[str, AddressState] = {}
        self.asked: set[str] = set()
        self.named: dict[str, set[str]] = {}  # listing -> the addresses it names
        self.not_before_at: datetime | None = None
        self.size = self.not_modified = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Ask the first addresses."""
        for request in self.kind.first_requests(self.source, self.begin):
            for one in self.ask(request, depth=0, listing=None):
                yield one

    def ask(self, request: Request, *, depth: int, listing: str | None) -> Iterator[scrapy.Request]:
        """Ask an address once, unless its listing says it is the version we have."""
        before = self.known.get(request.url)
        if request.url in self.asked:
            return
        if before is not None and request.marker is not None and before.marker == request.marker:
            return
        self.asked.add(request.url)
        if depth > MAX_DEPTH:
            return self._fail(request.url, f"more than {MAX_DEPTH} listings below one another")
        if len(self.asked) > MAX_REQUESTS:
            if len(self.asked) == MAX_REQUESTS + 1:
                self._fail(request.url, f"more than {MAX_REQUESTS} addresses in one run; the rest was left")
            return
        headers = {"Accept": request.accept}
        if before is not None and request.marker is None:
            headers |= {"If-None-Match": before.etag} if before.etag else {}
            headers |= {"If-Modified-Since": before.last_modified} if before.last_modified else {}
        yield from self._send(
            Asked(request, request.url, depth, redirects=0, listing=listing, headers=headers)
        )

    def _send(self, asked: Asked) -> Iterator[scrapy.Request]:
        """Send a request for an address, or for what it redirects to."""
        if reason := refusal(asked.url, self.job.settings.allow_private):
            return self._fail(asked.request.url, reason)
        yield scrapy.Request(
            mirrored(asked.url, self.job.settings.mirror),
            headers=asked.headers,
            callback=self.received,
            errback=self.failed,
            dont_filter=True,
            meta={"handle_httpstatus_all": True, "download_maxsize": self.source.max_megabytes << 20},
            cb_kwargs={"asked": asked},
        )

    def received(self, response: Response, asked: Asked) -> Iterator[scrapy.Request]:
        """Take an answer in."""
        self.size += len(response.body)
        if response.status in REDIRECTS:
            if asked.redirects == MAX_REDIRECTS:
                return self._fail(asked.request.url, f"more than {MAX_REDIRECTS} redirects")
            try:
                target = urljoin(asked.url, header(response, "Location"))
            except ValueError:
                return self._fail(asked.request.url, "it redirects to what is no address")
            moved = replace(asked, url=target, redirects=asked.redirects + 1)
            yield from self._send(moved)
        elif response.status == 304:
            self.not_modified += 1
        elif response.status == 200:
            yield from self._keep(response, asked)
        else:
            self._refused(response, asked.request)

    def failed(self, failure: Failure) -> None:
        """Take note of an address that gave no answer."""
        request = failure.request.cb_kwargs["asked"].request  # type: ignore[attr-defined]
        host = urlsplit(failure.request.url).hostname or ""  # type: ignore[attr-defined]
        reason = _reason(failure, self.source.max_megabytes, self.job.settings.timeout_seconds)
        if host in refused_names:
            reason = f"{host} is at the private address {refused_names[host]}; see fetch.allow_private"
        self._fail(request.url, reason)

    def _keep(self, response: Response, asked: Asked) -> Iterator[scrapy.Request]:
        """Keep a document, its bookmark, and ask what it leads to."""
        request = asked.request
        document = self._document(response, request)
        before = self.known.get(request.url)
        try:
            leads = self.kind.follow(self.source, document)
        except UnreadableError as error:
            return self._fail(request.url, str(error))
        unversioned = any(lead.marker is None for lead in leads)  # a 304 here would hide their changes
        self.state[request.url] = AddressState(
            etag=None if unversioned else header(response, "ETag") or None,
            last_modified=None if unversioned else header(response, "Last-Modified") or None,
            marker=request.marker,
            digest=document.digest,
            listed_by=asked.listing,
        )
        self.named[request.url] = {lead.url for lead in leads}
        if before is not None and before.digest == document.digest:
            self.not_modified += 1
        else:
            Path(self.job.folder, document.digest).write_bytes(response.body)
            self.documents.append(document)
        for lead in leads:
            yield from self.ask(lead, depth=asked.depth + 1, listing=request.url)

    def _document(self, response: Response, request: Request) -> Document:
        return Document(
            source_id=self.source.id,
            url=request.url,
            received_at=self.job.now,
            media_type=header(response, "Content-Type"),
            digest=hashlib.sha256(response.body).hexdigest(),
            body=response.body,
        )

    def _refused(self, response: Response, request: Request) -> None:
        asked = header(response, "Retry-After")
        until = retry_after(asked, datetime.now(UTC)) if asked else None
        if until is not None:
            self.not_before_at = max(until, self.not_before_at or until)
        self._fail(request.url, f"the server answered {response.status}")

    def broke(self, url: str, error: BaseException | None) -> None:
        """Take an address for unread: taking its answer in raised what nobody expected, or the disk is full."""
        self.state.pop(url, None)
        self.documents = [one for one in self.documents if one.url != url]
        said = " ".join(str(error).split())[:200]
        self._fail(url, f"its answer could not be taken in: {type(error).__name__}: {said}")

    def _fail(self, url: str, reason: str) -> None:
        self.failures.append(FailedAddress(url.replace("\x00", ""), reason.replace("\x00", "")))

    def answer(self, reason: str) -> Answer:
        """Return what came of the source when its crawl is over, `reason` being Scrapy's."""
        if reason == "closespider_timeout":
            minutes = self.job.settings.source_minutes
            self._fail(self.source.url, f"stopped after {minutes:g} minutes; the rest follows next time")
        elif reason != "finished":
            self._fail(self.source.url, f"stopped early ({reason})")
        nothing = self.failures and not self.state and not self.not_modified
        if self.failures:
            self._forget_listings()
        stats: Any = self.crawler.stats
        fetched = Fetched(
            source_id=self.source.id,
            documents=tuple(replace(one, body=b"") for one in self.documents),
            state=FetchState(self.state, self.not_before_at),
            failures=tuple(self.failures),
            gone=self._gone() if self.kind.LISTS_ALL else (),
            requests=stats.get_value("downloader/request_count", 0),
            size=self.size,
            not_modified=self.not_modified,
        )
        return Answer(fetched, _summary(self.failures) if nothing else "")

    def _gone(self) -> tuple[str, ...]:
        """Return the known addresses that none of the listings read today names any more."""
        named = set().union(*self.named.values())
        gone = (url for url, one in self.known.items() if one.listed_by in self.named and url not in named)
        return tuple(sorted(gone))

    def _forget_listings(self) -> None:
        """Ask the listings in full next time: a 304 would hide the items that failed today."""
        known = {url: one for url, one in self.known.items() if one.marker is None}
        for url, one in (known | self.state).items():
            if one.marker is None:
                self.state[url] = replace(one, etag=None, last_modified=None)


def main() -> None:
    """Read a job from standard input, answer one line per source on standard output."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # no parent, nobody to read for
    job = JOB.validate_json(sys.stdin.buffer.read())
    limit = job.settings.memory_megabytes << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    logging.captureWarnings(True)
    process = CrawlerProcess(scrapy_settings(job.settings))

    def over(spider: SourceSpider, reason: str) -> None:
        sys.stdout.write(ANSWER.dump_json(spider.answer(reason)).decode() + "\n")
        sys.stdout.flush()

    def broke(failure: Failure, response: Response, spider: SourceSpider) -> None:
        request = response.request
        spider.broke(request.cb_kwargs["asked"].request.url if request else response.url, failure.value)

    for source, state in job.due:
        crawler = process.create_crawler(SourceSpider)
        crawler.signals.connect(over, signal=signals.spider_closed, weak=False)
        crawler.signals.connect(broke, signal=signals.spider_error, weak=False)
        process.crawl(crawler, job=job, source=source, state=state)
    process.start()


def _reason(failure: Failure, megabytes: int, seconds: float) -> str:
    """Say in a few words why a request failed."""
    name, said = type(failure.value).__name__, " ".join(str(failure.value).split())
    if "CancelledError" in name or "maxsize" in said.lower() or "max size" in said.lower():
        return f"larger than {megabytes} MB; see max_megabytes"
    if "Timeout" in name:
        return f"no whole answer within {seconds:g} seconds"
    if "DNSLookup" in name or "CannotResolveHost" in name:
        return "the host name is not known here (no Internet, or a wrong address)"
    if "ConnectionRefused" in name or "ConnectError" in name or "NoRoute" in name:
        return "the host cannot be reached"
    if "ConnectionLost" in said or "ResponseFailed" in name or "DataLoss" in name + said:
        return "the connection was cut in the middle of the answer"
    return f"{name}: {said[:200]}" if said else name


def _summary(failures: list[FailedAddress]) -> str:
    first = failures[0]
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"{first.url}: {first.reason}{more}"


if __name__ == "__main__":
    main()
