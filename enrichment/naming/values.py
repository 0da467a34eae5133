"""Say what a candidate really is: the typed, canonical value, or nothing where it only looks like one.

What was written so that it cannot be clicked was meant as a value; all else is asked whether it is rather a
file, a version or code (`enrichment.naming.lookalikes`).
"""

import ipaddress
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from enrichment.naming import bitcoin, lookalikes
from enrichment.naming.candidates import Candidate, Form
from enrichment.naming.suffixes import is_top_level, registrable
from records import ObservableType, is_public, observable


class ArtefactType(StrEnum):
    """What a text may name that is no observable of ours: nothing we deliver can block it."""

    SHA512 = "sha512"
    CVE = "cve"
    ATTACK = "attack-id"
    BITCOIN = "bitcoin-address"
    PATH = "windows-path"
    MUTEX = "mutex"
    REGISTRY = "windows-registry-key"


FoundType = ObservableType | ArtefactType


class Value(NamedTuple):
    """A typed value and its half-open place in the restored text. `host` is the domain or address
    that a URL or mailbox leads to, or the value itself where it is one.
    """

    type: FoundType
    value: str
    start: int
    end: int
    host: str = ""


_HASHES: dict[int, FoundType] = {
    32: ObservableType.MD5,
    40: ObservableType.SHA1,
    64: ObservableType.SHA256,
    128: ArtefactType.SHA512,
}
_EMPTY = frozenset(  # digests of no bytes at all
    {
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
)
_IPV6_END = re.compile(r"\.+\Z|(?<!:):\Z")  # of the sentence
_LENGTH = re.compile(r"/\d{1,2}[.:]?")  # of a network's prefix
_INSIDE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?P<cve>CVE-\d{4}-\d{4,19})|(?P<hash>[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}))(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_NEXT_URL = re.compile(r"[,;|]+(?=(?:https?|ftp)://)", re.IGNORECASE)
_URL_HOST = re.compile(r"[a-z]+://(?:\[([^\]]*)\]|([^:/?#]*))")
_CLOSING = {")": "(", "}": "{", "]": "["}
_DOCUMENTATION = tuple(  # RFC 5737, RFC 3849: examples may use them
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)

_UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that is given out (RFC 4291 § 2.4); `a::b` is code


def values(candidate: Candidate, text: str, *, defanged: bool) -> list[Value]:
    """Return what a candidate holds: mostly one value or none, several where labels of a file's name are hashes.

    `text` is the whole restored text, read around the candidate only; `defanged` says whether the
    candidate was written so that it cannot be clicked.
    """
    try:
        return _READERS[candidate.form](candidate, text, defanged)
    except ValueError:
        return []


def _hash(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    lowered = candidate.text.lower()
    if lowered in _EMPTY or len(set(lowered[:20])) < 4 or lookalikes.is_other_digest(text, candidate.start):
        return []
    return [_value(candidate, _HASHES[len(lowered)], lowered)]


def _cve(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    written = candidate.text
    return [_value(candidate, ArtefactType.CVE, f"CVE-{written[4:8]}-{written[9:]}")]


def _attack(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    return [_value(candidate, ArtefactType.ATTACK, candidate.text)] if candidate.text.isupper() else []


def _bitcoin(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    written = candidate.text
    return [_value(candidate, ArtefactType.BITCOIN, written)] if bitcoin.is_address(written) else []


def _url(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    written = trimmed(_NEXT_URL.split(candidate.text, maxsplit=1)[0])
    item = observable(ObservableType.URL, written)
    host = _host(item.value)
    if not _leads_somewhere(host):
        return []
    end = candidate.start + len(written)
    return [Value(ObservableType.URL, item.value, candidate.start, end, host)]


def _host(url: str) -> str:
    """Return the host of a canonical URL, an IPv6 address without its brackets."""
    found = _URL_HOST.match(url)
    return found[1] or found[2] if found else ""


def _email(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    item = observable(ObservableType.EMAIL, candidate.text.strip(".-_%+"))
    host = item.value.rpartition("@")[2]
    if not registrable(host) or (not defanged and lookalikes.is_code(candidate.text, host)):
        return []
    return [Value(item.type, item.value, candidate.start, candidate.end, host)]


def _ipv6(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    return _address(candidate, _IPV6_END.sub("", candidate.text))


def _ipv4(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    """Read four numbers, with what follows them: an address, a network, a URL without its scheme."""
    written, rest = candidate.text, candidate.rest
    if not defanged and lookalikes.is_version(text, candidate.start):
        return []
    if _LENGTH.fullmatch(rest):
        return _address(candidate, written + rest.rstrip(".:"))
    return _with_path(candidate, _address(candidate, written))


def _name(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    """Read dotted labels, with what follows them: a domain, a URL without its scheme, what a label holds."""
    found = _domain(candidate, text, defanged)
    if not found:
        return [_within(candidate, part) for part in _INSIDE.finditer(candidate.text)]
    return _with_path(candidate, found)


def _with_path(candidate: Candidate, host: list[Value]) -> list[Value]:
    """Return a host or, where a path follows, the URL it makes with it."""
    rest = trimmed(candidate.rest)
    if not host or "/" not in rest.rstrip("/"):
        return host
    item = observable(ObservableType.URL, f"http://{candidate.text}{rest}")
    return [Value(item.type, item.value, candidate.start, candidate.end + len(rest), host[0].host)]


def _domain(candidate: Candidate, text: str, defanged: bool) -> list[Value]:
    written = candidate.text
    if not is_top_level(written.rpartition(".")[2]):
        return []
    if not defanged and lookalikes.is_part_of_code(text, candidate.start, candidate.end):
        return []
    name = observable(ObservableType.DOMAIN, written).value
    if not registrable(name) or (not defanged and lookalikes.is_code(written, name)):
        return []
    return [Value(ObservableType.DOMAIN, name, candidate.start, candidate.end, name)]


def _address(candidate: Candidate, written: str) -> list[Value]:
    item = observable(ObservableType.IPV4, written)
    if not _leads_somewhere(item.value):
        return []
    return [Value(item.type, item.value, candidate.start, candidate.start + len(written), item.value)]


@lru_cache(maxsize=4_096)
def _leads_somewhere(host: str) -> bool:
    """Whether a host, address or network can be reached by strangers; examples of standards count."""
    if ":" not in host and not host.replace(".", "").replace("/", "").isdigit():
        return bool(registrable(host))
    if "/" not in host:
        return _is_outside(ipaddress.ip_address(host))
    network = ipaddress.ip_network(host)
    first, last = network.network_address, network.broadcast_address
    return _is_outside(first) and _is_outside(last)


def _is_outside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if any(address in known for known in _DOCUMENTATION if known.version == address.version):
        return True
    return is_public(address) and (address.version == 4 or address in _UNICAST)


def _within(candidate: Candidate, part: re.Match[str]) -> Value:
    """Return the CVE or hash that is one label of a name, as in a detection's or a file's."""
    start, written = candidate.start + part.start(), part[0]
    if part.lastgroup == "cve":
        return Value(ArtefactType.CVE, written.upper(), start, start + len(written))
    return Value(_HASHES[len(written)], written.lower(), start, start + len(written))


def trimmed(written: str) -> str:
    """Return a URL or path without the punctuation of the sentence around it."""
    while written:
        last = written[-1]
        unopened = last in _CLOSING and written.count(last) > written.count(_CLOSING[last])
        if not unopened and last not in ".,;:!?'\"*_~+\u2026":
            break
        written = written[:-1]
    return written


def _value(candidate: Candidate, kind: FoundType, value: str) -> Value:
    return Value(kind, value, candidate.start, candidate.end)


_READERS: dict[Form, Callable[[Candidate, str, bool], list[Value]]] = {
    Form.URL: _url,
    Form.CVE: _cve,
    Form.EMAIL: _email,
    Form.IPV4: _ipv4,
    Form.NAME: _name,
    Form.IPV6: _ipv6,
    Form.HASH: _hash,
    Form.BITCOIN: _bitcoin,
    Form.ATTACK: _attack,
}
