"""Be the process in which the sources of one kind are read: its limits, and a line for each source.

Run as `python -m collectors.fetching.reader` by `collectors.fetching`, which hands it a job on standard input.
"""

import ctypes
import logging
import resource
import signal
import sys
import threading
from pathlib import Path

from collectors import Local, kind
from collectors.fetching.crawl import Crawl
from collectors.fetching.door import ANSWER, JOB, PROGRESS, Job, Progress
from records import AddressState, FetchError, FetchState, Source, Start

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PROGRESS_SECONDS = 0.5


def main() -> None:
    """Read a job from standard input, answer one line per source on standard output."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # no parent, nobody to read for
    job = JOB.validate_json(sys.stdin.buffer.read())
    limit = job.settings.memory_megabytes << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    logging.captureWarnings(True)
    if isinstance(kind(job.kind), Local):
        _read_local(job)
    else:
        _crawl(job)


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def _read_local(job: Job) -> None:
    """Read each source in a thread of its own, so that a slow one delays no other."""
    threads = [threading.Thread(target=_read_one, args=(job, *pair)) for pair in job.due]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read_one(job: Job, source: Source, state: FetchState) -> None:
    module = kind(source.kind)
    assert isinstance(module, Local)
    crawl = Crawl(source, module, state)
    try:
        documents = module.read(source, Start(job.now, state), job.settings)
    except FetchError as error:
        crawl.fail(source.url, str(error))
        documents = ()
    for document in documents:
        crawl.size += len(document.body)
        crawl.advance(document)
        crawl.state[document.url] = AddressState(digest=document.digest)
        if crawl.unchanged(document):
            crawl.not_modified += 1
        else:
            crawl.keep(document, Path(job.folder))
    _say(ANSWER.dump_json(crawl.answer()))


def _crawl(job: Job) -> None:
    from scrapy import signals
    from scrapy.crawler import CrawlerProcess
    from scrapy.http import Response
    from twisted.internet.task import LoopingCall
    from twisted.python.failure import Failure

    from collectors.fetching.politeness import scrapy_settings
    from collectors.fetching.spider import SourceSpider

    process = CrawlerProcess(scrapy_settings(job.settings))
    at_work: set[SourceSpider] = set()

    def over(spider: SourceSpider, reason: str) -> None:
        at_work.discard(spider)
        _say(ANSWER.dump_json(spider.answer(reason)))

    def broke(failure: Failure, response: Response, spider: SourceSpider) -> None:
        request = response.request
        asked = request.cb_kwargs["asked"] if request else None
        spider.broke(asked.vouches_for or asked.request.url if asked else response.url, failure.value)

    def progress() -> None:
        for spider in at_work:
            _say(
                PROGRESS.dump_json(Progress(spider.source.id, len(spider.asked), len(spider.crawl.documents)))
            )

    for source, state in job.due:
        crawler = process.create_crawler(SourceSpider)
        crawler.signals.connect(over, signal=signals.spider_closed, weak=False)
        crawler.signals.connect(broke, signal=signals.spider_error, weak=False)
        crawler.signals.connect(lambda spider: at_work.add(spider), signal=signals.spider_opened, weak=False)
        process.crawl(crawler, job=job, source=source, state=state)
    beat = LoopingCall(progress)
    beat.start(PROGRESS_SECONDS, now=False)
    process.start()


if __name__ == "__main__":
    main()
