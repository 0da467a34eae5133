"""What is looked for in logs: the published lists, made into one search for all their values at once."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from checking import log_matches
from checking.log_reading import plain
from records import Observable, ObservableType, SettingsError, observable
from sharing.formats.edl import FILES

DIGITS = 12  # of a hash, by which it is searched for: no two of a million begin alike by chance

Check = Callable[[bytes, int], Iterator[Observable]]  # text, place of the value -> what is really there
_Pattern = tuple[bytes, Check]

WORDS = bytes(  # every sign that is no letter, digit or _ becomes a space
    ord(chr(sign).lower()) if sign < 0x80 and sign in log_matches.WORD else sign if sign >= 0x80 else 0x20
    for sign in range(256)
)


@dataclass(frozen=True, slots=True)
class Hunted:
    """The lists, ready to be looked for.

    `search` finds the words of a value between spaces (see `WORDS`); `checks` say, by number of what was
    found, what may stand there. `counts` is how many values were read, by file name; `faults` is a sentence
    for each list that is absent and each line that is no such value.
    """

    search: BytesAhoCorasick
    checks: Sequence[Sequence[Check]]
    counts: Mapping[str, int]
    faults: tuple[str, ...] = ()


def read_lists(place: Path | Iterable[Path]) -> Hunted:
    """Read the published lists of a folder, or these files of them (`domains.txt`, …; `sharing.formats.edl`).

    Raises `SettingsError` where there is not one of them, or a file bears another name or cannot be read.
    """
    faults: list[str] = []
    paths = [place / name for name in FILES] if isinstance(place, Path) else list(place)
    values: dict[str, list[Observable]] = {}
    for path in paths:
        if path.name not in FILES:
            raise SettingsError(f"{path}: not the name of a published list; use {', '.join(FILES)}")
        if not path.is_file():
            faults.append(f"{path}: no such list; its indicators are not looked for")
            continue
        values[path.name] = _values(path, faults)
    if not values:
        raise SettingsError(f"no published list in {place}; run 'vigie release', or name a folder by --lists")
    everything = [item for items in values.values() for item in items]
    search, checks = compiled(everything)
    return Hunted(search, checks, {name: len(items) for name, items in values.items()}, tuple(faults))


def compiled(items: Iterable[Observable]) -> tuple[BytesAhoCorasick, list[list[Check]]]:
    """Return the search for these values, and what each of its patterns may mean."""
    meanings: dict[bytes, list[Check]] = {}
    for words, check in _patterns(items):
        meanings.setdefault(words, []).append(check)
    search = BytesAhoCorasick(
        list(meanings), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
    )
    return search, list(meanings.values())


def _values(path: Path, faults: list[str]) -> list[Observable]:
    """Read one list; a line that is no value of its kind is a fault, and the others stay."""
    kind = min(FILES[path.name])  # of an address and its networks, the address: `observable` reads both
    found: dict[Observable, None] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as a list: {error}; fetch it again") from error
    for number, line in enumerate(lines, 1):
        try:
            found[observable(kind, line)] = None
        except ValueError as error:
            faults.append(f"{path}:{number}: left out: {error}")
    return list(found)


def _patterns(items: Iterable[Observable]) -> Iterator[_Pattern]:
    sites: dict[bytes, dict[bytes, Observable]] = {}
    for item in items:
        if item.type is ObservableType.URL:
            host, path = split_url(item.value)
            sites.setdefault(host, {})[path] = item
        else:
            yield from _MAKERS[item.type](item)
    for host, paths in sites.items():
        yield _words(host), partial(log_matches.pages, host, paths)


def split_url(url: str) -> tuple[bytes, bytes]:
    """Return the host of a URL and what follows it, written as `plain` writes logs: the port where it is not
    the usual one, the path as it is.
    """
    host, port = urlsplit(url).hostname or "", urlsplit(url).port
    rest = url.partition("://")[2]
    path = rest[min((rest.find(sign) for sign in "/?#" if sign in rest), default=len(rest)) :] or "/"
    shown = f":{port}" if port not in (None, 80, 443) else ""
    return host.encode(), plain(f"{shown}{path}".encode())


def _names(item: Observable) -> Iterator[_Pattern]:
    for spelling in spellings(item.value):
        yield _words(spelling), partial(log_matches.name, item, spelling)


def spellings(domain: str) -> list[bytes]:
    """Return a domain as logs write it: as it is, and with the letters that its `xn--` labels stand for."""
    found = {domain.encode(): None}
    if "xn--" in domain:
        with suppress(UnicodeError):
            letters = domain.encode("ascii").decode("idna")
            found |= dict.fromkeys(form.encode().lower() for form in (letters.lower(), letters.upper()))
    return list(found)


def _mailboxes(item: Observable) -> Iterator[_Pattern]:
    spelling = item.value.lower().encode()
    yield _words(spelling), partial(log_matches.mailbox, item, spelling)


def _digests(item: Observable) -> Iterator[_Pattern]:
    spelling = item.value.encode()
    yield _words(spelling)[: DIGITS + 1], partial(log_matches.digest, item, spelling)


def _addresses(item: Observable) -> Iterator[_Pattern]:
    yield _words(item.value.encode()), partial(log_matches.address, item, item.value.encode())


def _networks(item: Observable) -> Iterator[_Pattern]:
    """Search for a network by its leading whole octets: at most 256 writings of them."""
    net = ipaddress.IPv4Network(item.value)
    octets = max(1, min(-(-net.prefixlen // 8), 3))
    check = partial(log_matches.network, item, net)
    for part in net.subnets(new_prefix=max(octets * 8, net.prefixlen)):
        yield _words(b".".join(str(part.network_address).encode().split(b".")[:octets])), check


def _groups(item: Observable) -> Iterator[_Pattern]:
    """Search for an IPv6 address or network by its first two groups, padded with zeros or not."""
    net = ipaddress.IPv6Network(item.value)
    first, second = net.network_address.exploded.split(":")[:2]
    check = partial(log_matches.groups, item, net)
    written = [{first, first.lstrip("0") or "0"}]
    if net.prefixlen >= 32 and second != "0000":
        written.append({second, second.lstrip("0")})
    for spelling in sorted(product(*written)):
        yield _words(":".join(spelling).encode()), check


_MAKERS: Mapping[ObservableType, Callable[[Observable], Iterator[_Pattern]]] = {
    ObservableType.DOMAIN: _names,
    ObservableType.EMAIL: _mailboxes,
    ObservableType.IPV4: _addresses,
    ObservableType.IPV4_NET: _networks,
    ObservableType.IPV6: _groups,
    ObservableType.IPV6_NET: _groups,
    ObservableType.MD5: _digests,
    ObservableType.SHA1: _digests,
    ObservableType.SHA256: _digests,
}


def _words(spelling: bytes) -> bytes:
    return b" " + spelling.translate(WORDS) + b" "
