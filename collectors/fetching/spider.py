"""Read the sources of one kind with Scrapy: ask, receive, keep (in a process of its own, see `reader`).

Everything here that is not politeness is a limit: of size, time, depth and redirects.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import scrapy
from scrapy.http import Response
from twisted.python.failure import Failure

from collectors import Crawling, Sealed, kind
from collectors.fetching.beside import GONE, RobotRules, next_seal, robot_rules
from collectors.fetching.crawl import Crawl
from collectors.fetching.door import Answer, Job
from collectors.fetching.limits import (
    MAX_DEPTH,
    MAX_REDIRECTS,
    MAX_REQUESTS,
    MAX_RUN_BYTES,
    authorization,
    fresh_until,
    refusal,
    retry_after,
)
from collectors.fetching.politeness import header, mirrored, refused_names
from records import AddressState, Document, FetchState, Request, Source, Start, UnreadableError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
Requests = Iterator[scrapy.Request]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way: `url` is where it is now, after `redirects` redirects; `listing` named it.

    `keys` are those handed down to it, `vouches_for` the document whose seal it is. What is read beside a document (a seal, a robots.txt) goes to
    `beside` instead of being kept: its status (0 for no answer) and its body.
    """

    request: Request
    url: str
    depth: int = 0
    redirects: int = 0
    listing: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    vouches_for: str = ""
    beside: Callable[[int, bytes], Requests] | None = None


class SourceSpider(scrapy.Spider):
    """Reads one source: its first addresses, then those its documents lead to."""

    name = "vigie"

    def __init__(self, job: Job, source: Source, state: FetchState) -> None:
        super().__init__(source.id)
        self.job, self.source = job, source
        self.kind = kind(source.kind)
        self.crawl = Crawl(source, self.kind, state)
        self.asked: set[str] = set()  # addresses, never twice in one run
        self.robots: dict[str, RobotRules] = {}
        self.held: dict[str, list[Asked]] = {}  # site -> what waits for its robots.txt
        self.keys: dict[str, bytes] = {}
        self.full = False  # more than one run may bring

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Ask the first addresses."""
        begin = Start(self.job.now, self.crawl.before, self.job.cves)
        for request in self.kind.first_requests(self.source, begin):
            for one in self.ask(request, depth=0, listing=None):
                yield one

    def ask(
        self, request: Request, *, depth: int, listing: str | None, keys: tuple[str, ...] = ()
    ) -> Requests:
        """Ask an address once, unless its listing says it is the version we have."""
        before = self.crawl.known.get(request.url)
        if request.url in self.asked:
            return
        if before is not None and request.marker is not None and before.marker == request.marker:
            return
        self.asked.add(request.url)
        if depth > MAX_DEPTH:
            return self.crawl.fail(request.url, f"more than {MAX_DEPTH} listings below one another")
        if len(self.asked) > MAX_REQUESTS:
            if len(self.asked) == MAX_REQUESTS + 1:
                reason = f"more than {MAX_REQUESTS} addresses in one run; the rest was left"
                self.crawl.fail(request.url, reason)
            return
        if self.crawl.size > MAX_RUN_BYTES:
            self.asked.discard(request.url)
            if not self.full:
                self.full = True
                self.crawl.fail(
                    request.url, f"more than {MAX_RUN_BYTES >> 20} MB in one run; the rest follows next time"
                )
            return
        headers = {"Accept": request.accept}
        if before is not None and request.marker is None:
            headers |= {"If-None-Match": before.etag} if before.etag else {}
            headers |= {"If-Modified-Since": before.last_modified} if before.last_modified else {}
        asked = Asked(request, request.url, depth, 0, listing, headers, (*keys, *request.keys))
        yield from self._send(asked)

    def _send(self, asked: Asked) -> Requests:
        """Send a request for an address, or for what it redirects to, if it may be asked."""
        reason = refusal(asked.url, self.job.settings.allow_private)
        if not reason and isinstance(self.kind, Crawling) and asked.beside is None:
            site = urljoin(asked.url, "/")
            if site not in self.robots:
                yield from self._wait_for_robots(site, asked)
                return
            reason = self.robots[site].refusal(asked.url, "Vigie")
        if reason:
            yield from self._no_answer(asked, reason)
            return
        body = asked.request.body
        headers = asked.headers | authorization(self.source, self.job.settings, asked.url)
        yield scrapy.Request(
            mirrored(urldefrag(asked.url).url, self.job.settings.mirror),
            method="GET" if body is None else "POST",
            body=body or "",
            headers=headers | ({} if body is None else {"Content-Type": "application/json"}),
            callback=self.received,
            errback=self.failed,
            dont_filter=True,
            meta={"handle_httpstatus_all": True, "download_maxsize": self.source.max_megabytes << 20},
            cb_kwargs={"asked": asked},
        )

    def _wait_for_robots(self, site: str, asked: Asked) -> Requests:
        """Hold a request back until its site's robots.txt is read."""
        waiting = self.held.setdefault(site, [])
        waiting.append(asked)
        if len(waiting) > 1:
            return

        def ready(status: int, body: bytes) -> Requests:
            self.robots[site] = robot_rules(status, body)
            for one in self.held.pop(site):
                yield from self._send(one)

        yield from self._send(Asked(Request(f"{site}robots.txt"), f"{site}robots.txt", beside=ready))

    def received(self, response: Response, asked: Asked) -> Requests:
        """Take an answer in."""
        crawl, status = self.crawl, response.status
        crawl.size += len(response.body)
        if status in REDIRECTS:
            yield from self._redirected(response, asked)
        elif asked.beside is not None:
            yield from asked.beside(status, response.body)
        elif status in (200, 304):
            if asked.listing is None:
                longest = self.source.interval_minutes
                headers = {
                    str(name): str(value) for name, value in response.headers.to_unicode_dict().items()
                }
                crawl.wait_until(fresh_until(headers, self.job.now, longest))
            if status == 304:
                crawl.not_modified += 1
            else:
                yield from self._take(response, asked)
        elif status in GONE and asked.request.optional:
            crawl.state[asked.request.url] = AddressState(marker=asked.request.marker)
            crawl.not_modified += 1
        else:
            wait = header(response, "Retry-After")
            crawl.wait_until(retry_after(wait, datetime.now(UTC)) if wait else None)
            crawl.fail(asked.request.url, f"the server answered {status}")

    def _redirected(self, response: Response, asked: Asked) -> Requests:
        if asked.redirects == MAX_REDIRECTS:
            yield from self._no_answer(asked, f"more than {MAX_REDIRECTS} redirects")
            return
        try:
            target = urljoin(asked.url, header(response, "Location"))
        except ValueError:
            yield from self._no_answer(asked, "it redirects to what is no address")
            return
        yield from self._send(replace(asked, url=target, redirects=asked.redirects + 1))

    def failed(self, failure: Failure) -> Requests:
        """Take note of an address that gave no answer."""
        asked: Asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        host = urlsplit(failure.request.url).hostname or ""  # type: ignore[attr-defined]
        reason = _reason(failure, self.source.max_megabytes, self.job.settings.timeout_seconds)
        if host in refused_names:
            reason = f"{host} is at the private address {refused_names[host]}; see fetch.allow_private"
        yield from self._no_answer(asked, reason)

    def _no_answer(self, asked: Asked, reason: str) -> Requests:
        if asked.beside is not None:
            yield from asked.beside(0, b"")
        else:
            self.crawl.fail(asked.request.url, reason)

    def _take(self, response: Response, asked: Asked) -> Requests:
        """Keep a document, once what vouches for it was read too, and ask what it leads to."""
        document = self._document(response, asked.request)
        try:
            leads = self.kind.follow(self.source, document)
        except UnreadableError as error:
            return self.crawl.fail(asked.request.url, str(error))
        if asked.request.seals and isinstance(self.kind, Sealed) and not self.crawl.unchanged(document):
            yield from self._seal(response, asked, document, {}, frozenset())
        else:
            yield from self._keep(response, asked, document, leads)

    def _seal(
        self,
        response: Response,
        asked: Asked,
        document: Document,
        read: dict[str, bytes],
        missing: frozenset[str],
    ) -> Requests:
        """Read the seals of a document one after the other, then verify and keep it."""
        had = {key for key in asked.keys if key in self.keys}
        address = next_seal(asked.request, asked.keys, read.keys() | had, missing)
        if not address:
            assert isinstance(self.kind, Sealed)
            keys = {key: self.keys.get(key, b"") for key in asked.keys}  # the empty one was not to be had
            try:
                self.kind.verify(self.source, document, read, keys)
            except UnreadableError as error:
                return self.crawl.fail(asked.request.url, str(error))
            yield from self._keep(response, asked, document, [])
            return

        def ready(status: int, body: bytes) -> Requests:
            if status == 200 and address in asked.keys:
                self.keys[address] = body
                yield from self._seal(response, asked, document, read, missing)
            elif status == 200:
                yield from self._seal(response, asked, document, read | {address: body}, missing)
            elif status in GONE:
                yield from self._seal(response, asked, document, read, missing | {address})
            else:
                said = f"answered {status}" if status else "gave no answer"
                self.crawl.fail(asked.request.url, f"what vouches for it {said}: {address}")

        yield from self._send(Asked(Request(address), address, vouches_for=document.url, beside=ready))

    def _keep(self, response: Response, asked: Asked, document: Document, leads: list[Request]) -> Requests:
        """Keep a document, its bookmark, and ask what it leads to."""
        request, crawl = asked.request, self.crawl
        unversioned = any(lead.marker is None for lead in leads)  # a 304 here would hide their changes
        if crawl.unchanged(document):
            crawl.not_modified += 1
        else:
            crawl.keep(document, Path(self.job.folder))  # first: what cannot be kept has no bookmark
        crawl.advance(document)
        if not request.once:
            crawl.state[request.url] = AddressState(
                etag=None if unversioned else header(response, "ETag") or None,
                last_modified=None if unversioned else header(response, "Last-Modified") or None,
                marker=request.marker,
                digest=document.digest,
                listed_by=asked.listing,
            )
            crawl.named[request.url] = {lead.url for lead in leads}
        if not self.job.shallow:
            for lead in leads:
                depth = asked.depth + (not lead.once)
                yield from self.ask(lead, depth=depth, listing=request.url, keys=asked.keys)

    def _document(self, response: Response, request: Request) -> Document:
        return Document(
            source_id=self.source.id,
            url=request.url,
            received_at=self.job.now,
            media_type=header(response, "Content-Type"),
            digest=hashlib.sha256(response.body).hexdigest(),
            body=response.body,
        )

    def broke(self, url: str, error: BaseException | None) -> None:
        """Take an address for unread: taking its answer in raised what nobody expected, or the disk is full."""
        self.crawl.forget(url)
        said = " ".join(str(error).split())[:200]
        self.crawl.fail(url, f"its answer could not be taken in: {type(error).__name__}: {said}")

    def answer(self, reason: str) -> Answer:
        """Return what came of the source when its crawl is over, `reason` being Scrapy's."""
        if reason == "closespider_timeout":
            minutes = self.job.settings.source_minutes
            self.crawl.fail(self.source.url, f"stopped after {minutes:g} minutes; the rest follows next time")
        elif reason != "finished":
            self.crawl.fail(self.source.url, f"stopped early ({reason})")
        stats: Any = self.crawler.stats
        self.crawl.requests = stats.get_value("downloader/request_count", 0)
        return self.crawl.answer()


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
