"""Does an indicator really stand at this place of a log? Checks what the search has found by its words.

The search knows words only: letters, digits and `_`, everything else being one space. Each function here
gets the text (`log_reading.plain`), the place at which the value would begin, and yields what is there.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from records import Observable

WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(
    range(0x80, 0x100)
)
WINDOW = 8_192  # bytes after a host, and half as many before it, in which its page is looked for

_ADDRESS = re.compile(rb"\d{1,3}(?:\.\d{1,3}){3}")
_GROUPS = re.compile(rb"[0-9a-fA-F:.]{2,45}")
_PORT_AFTER = re.compile(rb"\.\d{1,5}(?![\w.])")  # tcpdump: 192.0.2.7.53
_USUAL_PORT = re.compile(rb":(?:80|443)(?!\d)")
_PATH_APART = re.compile(rb"(?:^|(?<=[\s\"'=,;|]))/")
_LOCAL = frozenset(b"+%-.") | WORD

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def name(item: Observable, spelling: bytes, text: bytes, start: int) -> Iterator[Observable]:
    """Yield a domain that stands here by itself or as the parent of a longer name."""
    if _stands(spelling, text, start) and not text.startswith(b"-", max(start - 1, 0), start):
        yield item


def mailbox(item: Observable, spelling: bytes, text: bytes, start: int) -> Iterator[Observable]:
    """Yield a mailbox whose local part begins here."""
    if _stands(spelling, text, start) and not (start and text[start - 1] in _LOCAL):
        yield item


def digest(item: Observable, spelling: bytes, text: bytes, start: int) -> Iterator[Observable]:
    """Yield a hash, of which the search knows the beginning only."""
    end = start + len(spelling)
    if text[start:end].lower() == spelling and not (text[end : end + 1] and text[end] in WORD):
        yield item


def address(item: Observable, spelling: bytes, text: bytes, start: int) -> Iterator[Observable]:
    """Yield an IPv4 address that is no piece of a longer row of numbers."""
    if text.startswith(spelling, start) and _is_address(text, start, start + len(spelling)):
        yield item


def network(item: Observable, net: ipaddress.IPv4Network, text: bytes, start: int) -> Iterator[Observable]:
    """Yield an IPv4 network of which an address stands here; `x.0.0.0` is a version number, not a host."""
    found = _ADDRESS.match(text, start)
    if not found or not _is_address(text, start, found.end()):
        return
    value = _parsed(found[0])
    if value is not None and int(value) & 0xFFFFFF and value in net:
        yield item


def groups(item: Observable, net: ipaddress.IPv6Network, text: bytes, start: int) -> Iterator[Observable]:
    """Yield an IPv6 address or network of which an address, in any spelling, begins here."""
    before = re.search(rb"(\w*):$", text[max(start - 16, 0) : start])
    if before and re.fullmatch(rb"[0-9a-fA-F]{0,4}", before[1]):
        return  # the middle of another address
    found = _GROUPS.match(text, start)
    if found and text[found.end() : found.end() + 1].isalnum():
        return
    value = _parsed(found[0]) if found else None
    if value is not None and value in net:
        yield item


def pages(host: bytes, paths: Mapping[bytes, Observable], text: bytes, start: int) -> Iterator[Observable]:
    """Yield the listed URLs of a host that stands here: each that what follows begins with, or a path
    elsewhere on the line, as proxies write that log them apart; the root page for the host alone.
    """
    end = start + len(host)
    if not _stands(host, text, start) or re.search(rb"[\w-]\.?$", text[max(start - 2, 0) : start]):
        return
    yield from (paths[path] for path in (b"/",) if path in paths)
    usual = _USUAL_PORT.match(text, end)
    first = max(text.rfind(b"\n", 0, start) + 1, start - WINDOW // 2)
    last = text.find(b"\n", end)
    line = text[first : min(last if last >= 0 else len(text), end + WINDOW)]
    follows = (usual.end() if usual else end) - first
    apart = {found.end() - 1 for found in _PATH_APART.finditer(line)}
    for length in sorted({len(path) for path in paths} - {1}):
        for place in (follows, *sorted(apart - {follows})):
            path = line[place : place + length]
            if path in paths and _ends_path(line, place + length):
                yield paths[path]


def _stands(spelling: bytes, text: bytes, start: int) -> bool:
    """Whether a name is written here, in any case, and goes on after no dot or hyphen, or as a mailbox."""
    end = start + len(spelling)
    if text[start:end].lower() != spelling or text.startswith(b"@", end):
        return False
    return not (text.startswith((b".", b"-"), end) and text[end + 1 : end + 2] and text[end + 1] in WORD)


def _is_address(text: bytes, start: int, end: int) -> bool:
    """Whether the four numbers here are not of a longer row; a port may follow after a dot, as tcpdump has it."""
    if re.search(rb"\w\.$", text[max(start - 2, 0) : start]) or (text[end : end + 1] and text[end] in WORD):
        return False
    goes_on = text.startswith(b".", end) and text[end + 1 : end + 2] and text[end + 1] in WORD
    return not goes_on or _PORT_AFTER.match(text, end) is not None


def _ends_path(line: bytes, end: int) -> bool:
    """Whether a path that ends here is whole, or ends at a border inside a longer one."""
    if end >= len(line) or line.endswith(b"/", 0, end):
        return True
    sign, then = line[end], line[end + 1 : end + 2]
    if sign == ord("."):
        return not then or then[0] not in WORD
    return sign not in WORD and sign not in b"%~-+"


@lru_cache(maxsize=65_536)
def _parsed(text: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address; behind it a port after a dot or a colon that ends a sentence is left out."""
    written = text.decode("ascii").lower()
    for candidate in (written, written.rstrip(".:"), written.rpartition(".")[0]):
        try:
            return ipaddress.ip_address(candidate)
        except ValueError:
            continue
    return None
