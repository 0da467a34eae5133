"""Decide what may be read, and how long to wait before asking again."""

import base64
import ipaddress
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from records import Source, is_public
from settings import FetchSettings

MAX_ADDRESS = 2_000  # characters
MAX_REDIRECTS = 5
MAX_DEPTH = 12  # listings below listings; the pages of a search are beside one another
MAX_REQUESTS = 20_000  # one source, one run
MAX_RUN_BYTES = 512 << 20  # one source, one run: its documents are read into memory together
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


def fresh_until(headers: Mapping[str, str], now: datetime, interval_minutes: int) -> datetime | None:
    """Return until when an answer says that nothing new will come, `None` where it does not say.

    Reads `Cache-Control: max-age` less `Age`, else `Expires` (RFC 9111 § 4.2.1). It is believed up to
    four times the source's own interval: a server that says "a year" would silence an alert.
    """
    said = {name.lower(): value for name, value in headers.items()}
    control = {part.strip().lower() for part in said.get("cache-control", "").split(",")}
    ages = [part.removeprefix("max-age=") for part in control if part.startswith("max-age=")]
    if control & {"no-cache", "no-store"}:
        return None
    if ages:
        seconds = [_count(ages[0]), _count(said.get("age", "0").strip())]
        until = now + timedelta(seconds=seconds[0] - seconds[1])
    else:
        date = said.get("expires", "")
        until = (None if date.strip().isdigit() else retry_after(date, now)) or now  # "0" is a date long past
    return min(until, now + interval_minutes * timedelta(minutes=4)) if until > now else None


def authorization(source: Source, settings: FetchSettings, url: str) -> dict[str, str]:
    """Return the header that shows a source's credentials, for its own host over TLS only.

    A redirect to another host, or to plain http, is followed without. A mirror is trusted with them.
    """
    shown = settings.credentials.get(source.id)
    own, asked = urlsplit(source.url), urlsplit(url)
    if shown is None or (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
        return {}
    if own.scheme != "https" and own.hostname not in settings.allow_private:
        return {}
    if shown.authorization:
        return {"Authorization": shown.authorization}
    pair = base64.b64encode(f"{shown.user}:{shown.password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {pair}"}


def _count(text: str) -> int:
    """Return a number of seconds as a header writes it, 0 for what is none, at most some thirty years."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def _holds(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return False
