"""When was a line of a log written? Reads the writings of time that firewalls, proxies and resolvers use."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

HEAD = 256  # characters of a line in which its time is looked for

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_MONTH = f"(?P<name>{'|'.join(_MONTHS)})"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?: ?(?P<zone>z|[+-]\d\d:?\d\d)(?![\w:]))?"
_YEAR = r"(?<![\w.])(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})"

_Reader = Callable[[re.Match[str], datetime], datetime]


def _dated(found: re.Match[str], written_at: datetime) -> datetime:
    """Read a full date and clock; a date without a year is the last such one before the log was written."""
    part = found.groupdict()
    month = _MONTHS[part["name"]] if part.get("name") else int(part["month"])
    fraction = (part["fraction"] or "").ljust(6, "0")[:6]
    clock = int(part["hour"]), int(part["minute"]), int(part["second"] or 0), int(fraction)
    zone = _zone(part.get("zone") or "")
    if part.get("year"):
        return datetime(int(part["year"]), month, int(part["day"]), *clock, tzinfo=zone)
    latest = written_at.replace(tzinfo=None) + timedelta(days=1)
    at = datetime(latest.year, month, int(part["day"]), *clock)
    return at if at <= latest else at.replace(year=at.year - 1)


def _numbered(found: re.Match[str], written_at: datetime) -> datetime:
    """Read day and month as numbers: the American order where AM, PM or a 13th month says so."""
    first, second = int(found["first"]), int(found["other"])
    american = bool(found["half"]) or second > 12
    month, day = (first, second) if american else (second, first)
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return datetime(int(found["year"]), month, day, hour, int(found["minute"]), int(found["second"] or 0))


def _epoch(found: re.Match[str], written_at: datetime) -> datetime:
    """Read seconds since 1970, with a fraction or with the milli-, micro- or nanoseconds run on."""
    fraction = (found["point"] or found["run_on"] or "").ljust(6, "0")[:6]
    return datetime.fromtimestamp(int(found["seconds"]), UTC) + timedelta(microseconds=int(fraction))


# ISO 8601, RFC 3339; with slashes nginx and Go
_ISO = rf"{_YEAR}[-/](?P<month>\d\d)[-/](?P<day>\d\d)[t ]{_CLOCK}{_ZONE}"
_FORTINET = (
    rf'date="?{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)"?,? time="?{_CLOCK}"?'
    r'(?:.{0,150}?\btz="?(?P<zone>[+-]\d\d:?\d\d))?'
)
# Apache, Squid's format of that name, BIND
_APACHE = rf"(?<!\w){_DAY}[-/]{_MONTH}[-/](?P<year>(?:19|20)\d\d)[: ]{_CLOCK}{_ZONE}"
# RFC 3164; Cisco with the year
_SYSLOG = rf"(?<!\w){_MONTH} {{1,2}}{_DAY} (?:(?P<year>(?:19|20)\d\d) )?{_CLOCK}(?![\d:])"
_WINDOWS_DNS = (
    r"(?<![\w/])(?P<first>\d{1,2})/(?P<other>\d{1,2})/(?P<year>(?:19|20)\d\d) "
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: (?P<half>am|pm))?"
)
# Squid's own, Zeek, JSON
_SECONDS = (
    r'(?:^|\b(?:ts|time|timestamp|eventtime)"?[:=] ?"?)(?P<seconds>1\d{9})'
    r"(?:\.(?P<point>\d{1,9})|(?P<run_on>\d{9}|\d{6}|\d{3}))?(?!\d)"
)
_WRITINGS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (re.compile(_ISO), _dated),
    (re.compile(_FORTINET), _dated),
    (re.compile(_APACHE), _dated),
    (re.compile(_SYSLOG), _dated),
    (re.compile(_WINDOWS_DNS), _numbered),
    (re.compile(_SECONDS), _epoch),
)


def read_time(line: str, written_at: datetime) -> datetime | None:
    """Return the first time in the first `HEAD` characters of a line, None where there is none.

    It is aware, in UTC, where the line says its zone or counts seconds since 1970, and naive, as it stands,
    where it does not. `written_at` is when the log was last written: it gives syslog its year.
    """
    head = line[:HEAD].lower()
    readings = [
        (found.start(), found, reader) for pattern, reader in _WRITINGS if (found := pattern.search(head))
    ]
    for _, found, reader in sorted(readings, key=lambda reading: reading[0]):
        try:
            at = reader(found, written_at)
            return at.astimezone(UTC) if at.tzinfo else at
        except (ValueError, OverflowError):  # a 31 June
            continue
    return None


def _zone(text: str) -> timezone | None:
    if not text:
        return None
    if text == "z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
