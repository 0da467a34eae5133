"""Decide what may be read, and how long to wait before asking again."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from records import is_public

MAX_ADDRESS = 2_000  # characters
MAX_REDIRECTS = 5
MAX_DEPTH = 6  # listings below listings
MAX_REQUESTS = 20_000  # one source, one run
MAX_WAIT = timedelta(days=7)  # the longest Retry-After that is believed


def refusal(url: str, allowed: Iterable[str]) -> str:
    """Say why an address must not be asked, or return an empty text.

    Refused are schemes other than http and https, credentials in the address, and hosts written as a
    private address (see `is_private`). Names are judged where they are resolved.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return f"not an address: {error}"
    if any(sign <= " " or sign == "\x7f" for sign in url):
        return "the address contains a space or a control character"
    if len(url) > MAX_ADDRESS:
        return f"the address has more than {MAX_ADDRESS} characters"
    if parts.scheme not in ("http", "https") or not host:
        return f"only http and https are read, not {parts.scheme or 'this'}:"
    if parts.username or parts.password:
        return "the address carries a login"
    if host not in allowed and is_private(host, allowed):
        return f"{host} is a private address; name it in fetch.allow_private if it may be read"
    return ""


def is_private(host: str, allowed: Iterable[str] = ()) -> bool:
    """Whether `host` is an address that is not of the public Internet (see `records.is_public`).

    `allowed` are addresses and networks to let through. A name is never private here.
    """
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    if is_public(found):
        return False
    return not any(_holds(entry, found) for entry in allowed)


def retry_after(value: str, now: datetime) -> datetime | None:
    """Read a Retry-After header (RFC 9110 § 10.2.3): seconds or a date; `None` where it is neither.

    The answer lies between `now` and `now` + `MAX_WAIT`.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return now + min(timedelta(seconds=int(text[:9])), MAX_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(now, min(moment, now + MAX_WAIT))


def _holds(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return False
