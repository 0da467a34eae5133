"""Ask politely and safely: Scrapy's settings, retries that wait as asked, names that lead inside refused."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from collectors.fetching.limits import is_private, retry_after
from settings import FetchSettings

RETRIES = 2  # three tries in all
refused_names: dict[str, str] = {}  # host name -> the private address it resolved to


class GuardedResolver(CachingHostnameResolver):
    """Resolves names to IPv4 and IPv6 addresses, and leaves out those that are private: at the moment
    of connecting, so that neither a redirect nor a changed DNS answer gets round it.
    """

    allowed: tuple[str, ...] = ()

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Any:
        """Take the names and networks that may be private from the settings."""
        found = super().from_crawler(crawler, reactor)
        found.allowed = tuple(crawler.settings.getlist("ALLOW_PRIVATE"))
        return found

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, *rest: Any, **named: Any) -> Any:
        """Resolve a name."""
        receiver = resolutionReceiver
        if hostName not in self.allowed:
            receiver = PublicOnly(resolutionReceiver, hostName, self.allowed)
        return super().resolveHostName(receiver, hostName, *rest, **named)


@implementer(IResolutionReceiver)
class PublicOnly:
    """Passes the public addresses of a name on, and takes note of a private one."""

    def __init__(self, receiver: Any, name: str, allowed: tuple[str, ...]) -> None:
        self.receiver, self.name, self.allowed = receiver, name, allowed

    def resolutionBegan(self, resolution: Any) -> None:
        """Pass on that the answer follows."""
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        """Pass an address on, unless it is private."""
        if is_private(address.host, self.allowed):
            refused_names[self.name] = address.host
        else:
            self.receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        """Pass on that this was all."""
        self.receiver.resolutionComplete()


class PatientRetry(RetryMiddleware):
    """Repeats a request that failed for a passing reason, after the pause the server asks for."""

    async def process_response(  # type: ignore[override]
        self, request: Any, response: Any, spider: Any = None
    ) -> Any:
        """Wait out a short Retry-After; a longer one ends the tries and is kept for the next run."""
        asked = header(response, "Retry-After")
        now = datetime.now(UTC)
        until = retry_after(asked, now) if asked and response.status in self.retry_http_codes else None
        if until is not None:
            seconds = (until - now).total_seconds()
            if seconds > self.crawler.settings.getint("RETRY_AFTER_MAX"):
                return response
            if request.meta.get("retry_times", 0) < self.max_retry_times:
                await asyncio.sleep(seconds)
        return super().process_response(request, response)


def mirrored(url: str, mirror: str) -> str:
    """Return where an upstream address is really asked: `<mirror>/host/path` where there is a mirror."""
    return f"{mirror}/{url.partition('://')[2]}" if mirror else url


def scrapy_settings(settings: FetchSettings) -> dict[str, Any]:
    """Return Scrapy's settings, hardened: its own defaults verify no certificate, open a console and
    read `file:` addresses.
    """
    own = [urlsplit(url).hostname or "" for url in (settings.mirror, settings.proxy) if url]
    return {
        "USER_AGENT": f"Vigie/0.1 (+{settings.contact})",
        "DOWNLOAD_HANDLERS": {"file": None, "ftp": None, "data": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_TIMEOUT": settings.timeout_seconds,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_DELAY": 0 if settings.mirror else settings.delay_seconds,
        "CONCURRENT_REQUESTS_PER_DOMAIN": settings.per_host,
        "CLOSESPIDER_TIMEOUT": settings.source_minutes * 60,
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "ALLOW_PRIVATE": [*settings.allow_private, *own],
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            PatientRetry: 550,
        },
        "RETRY_TIMES": RETRIES,
        "RETRY_AFTER_MAX": settings.retry_after_seconds,
        "REDIRECT_ENABLED": False,  # redirects are followed by the spider, which checks each step
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }


def header(response: Response, name: str) -> str:
    """Return one header of an answer, empty where it is absent."""
    return (response.headers.get(name) or b"").decode("latin-1")
