"""Say which observables must never be blocked by anyone, and which list says so.

Four voices are heard: what no block list may hold whoever asks (addresses that are not of the public
Internet, networks full of strangers), the lists of `warninglists/` and `protected_names.txt`, the
deployment's own allow-list, and the prebuilt index of public warninglists (decision 0021).
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from records import Observable, ObservableType, observable
from sharing.shield_index import Index, open_index
from sharing.shield_lists import OwnLists, read_lists
from sharing.suppressions import ShieldRule, Suppression

# Last labels of names that are of one's own network or of the name system itself (RFC 6761, RFC 8375, ICANN's
# reserved names, and those that houses use): blocking them harms the house and nobody else.
SPECIAL = frozenset(("arpa", "corp", "home", "internal", "intranet", "lan", "local", "localhost"))
WIDEST = {4: 16, 6: 32}  # bits: a network wider than that holds strangers; the rule is ours
# Scheme, user, host, port, and what follows the slash (RFC 3986 § 3), as `urlsplit` reads them.
_URL = re.compile(
    r"[a-z]+://(?:[^/?#]*@)?(?:\[([^\]/]*)\]|([^/?#:\[\]]+))(?::\d*)?(?:[/.?]*(?:#.*)?|([/?].*))", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Shield:
    """All that protects in one deployment; `platforms` are names below which strangers register."""

    own: OwnLists
    index: Index | None
    platforms: frozenset[str]

    @property
    def faults(self) -> tuple[str, ...]:
        """One sentence for each line of a list that could not be read."""
        return tuple(self.own.faults)


def load_shield(
    *, allow_list: Path | None = None, index: Path | None = None, own: tuple[str, ...] = ()
) -> Shield:
    """Read the shipped lists, and the deployment's allow-list and prebuilt index where there are.

    `own` are names of the deployment itself: nothing of theirs is listed. Raises `SettingsError` where the
    allow-list cannot be read, `PublishError` where the index is missing, damaged or of another version: a release
    without its shield is worse than none.
    """
    lists = read_lists(allow_list, own)
    opened = open_index(index) if index is not None else None
    return Shield(lists, opened, frozenset(lists.platforms) | (opened.platforms if opened else frozenset()))


@cache
def shipped() -> Shield:
    """Return the shield of the shipped lists alone."""
    return load_shield()


def suppression(item: Observable, shield: Shield | None = None) -> Suppression | None:
    """Say why an observable must be on no list; `None` where it may be. Never raises.

    - Addresses and networks: what shares an address with a protected network, either way round, with a
      network that is not of the public Internet (IANA special-purpose address registries), or is wider
      than /16 (IPv4) or /32 (IPv6).
    - Domains: protected names, their parents (so every top-level name and public suffix), and what lies
      below where the entry says so. A name below a platform where strangers register is judged for
      itself; only health, the State and the allow-list reach across.
    - URLs: those of a whole site like their host; others only where the host is an address, contains a
      protected piece, or belongs to health, the State or the allow-list. So a page of a shared platform
      may be listed, its host never.
    - Mailboxes and hashes: those that are named; mailboxes of health, the State and the allow-list.

    `shield` defaults to the shipped lists. A value that is not in its canonical form and cannot be
    brought to it is suppressed: what cannot be read cannot be judged.
    """
    try:
        return _JUDGES[item.type](item.value, shield or shipped())
    except ValueError:
        return Suppression("shield", ShieldRule.FORM, str(item.type))


def _ipv4(value: str, shield: Shield) -> Suppression | None:
    number = int(ipaddress.IPv4Address(value))
    return _overlap(4, number, number, shield)


def _ipv6(value: str, shield: Shield) -> Suppression | None:
    number = int(ipaddress.IPv6Address(value))
    return _overlap(6, number, number, shield)


def _network(value: str, shield: Shield) -> Suppression | None:
    network = ipaddress.ip_network(value)
    if network.prefixlen < WIDEST[network.version]:
        return Suppression("shield", ShieldRule.WIDE, f"/{WIDEST[network.version]}")
    return _overlap(network.version, int(network[0]), int(network[-1]), shield)


def _overlap(version: int, first: int, last: int, shield: Shield) -> Suppression | None:
    """Judge a network by its first and last address."""
    known = shield.own.ranges[version]
    place = known.overlapping(first, last)
    if place >= 0:
        return shield.own.entries[known.lists[place]]
    return shield.index.network(version, first, last) if shield.index else None


def _domain(value: str, shield: Shield) -> Suppression | None:
    value = _plain(value)
    if "." not in value:
        return Suppression("shield", ShieldRule.PARENT, f"*.{value}")
    if (last := value.rpartition(".")[2]) in SPECIAL:
        return Suppression("shield", ShieldRule.BELOW, f".{last}")
    own, index = shield.own, shield.index
    found = own.exact.get(value) or _below(value, shield) or _shaped(value, own)
    if found or index is None:
        return found
    return index.exact.find(value) or index.shape("name", value)


def _plain(name: str) -> str:
    """Return a name in lower-case ASCII without a final dot; most are, and are not looked at again."""
    if name and name.isascii() and name == name.lower() and not name.endswith("."):
        return name
    return observable(ObservableType.DOMAIN, name).value


def _below(name: str, shield: Shield) -> Suppression | None:
    """Look for an entry that protects what lies below it, from the name itself upwards."""
    own, index, platforms = shield.own, shield.index, shield.platforms
    suffix, mine = name, True  # false above a platform: what protects it does not protect its tenants
    while "." in suffix:
        if found := own.whole.get(suffix):
            return found
        mine = mine and (suffix not in platforms or suffix == name)
        if mine and (found := own.below.get(suffix) or (index.below.find(suffix) if index else None)):
            return found
        suffix = suffix.partition(".")[2]
    return None


def _shaped(name: str, own: OwnLists) -> Suppression | None:
    """Look for a pattern of our own that a name shows."""
    if not name.endswith(own.endings) or own.patterns is None:
        return None
    match = own.patterns.search(name)
    return own.shapes[(match.lastindex or 1) - 1] if match else None


def _url(value: str, shield: Shield) -> Suppression | None:
    parts = _URL.fullmatch(value)
    if parts is None:
        raise ValueError("not a URL")
    ipv6, host, page = parts.groups()
    if ipv6:
        return _ipv6(ipv6, shield)
    if host.replace(".", "").isdigit():
        return _ipv4(host, shield)
    host = _plain(host)
    if page is None:
        return _domain(host, shield)
    if found := shield.own.exact.get(value) or _owned(host, shield):
        return found
    return shield.index.shape("name", host) if shield.index else None


def _email(value: str, shield: Shield) -> Suppression | None:
    found = shield.own.exact.get(value) or _owned(_plain(value.rpartition("@")[2]), shield)
    if found or shield.index is None:
        return found
    return shield.index.exact.find(value) or shield.index.shape("email", value)


def _owned(host: str, shield: Shield) -> Suppression | None:
    """Look for an entry, or a pattern, that protects whatever a host holds."""
    suffix = host
    while "." in suffix:
        if found := shield.own.whole.get(suffix):
            return found
        suffix = suffix.partition(".")[2]
    return _shaped(host, shield.own)


def _hash(value: str, shield: Shield) -> Suppression | None:
    return shield.own.exact.get(value) or (shield.index.exact.find(value) if shield.index else None)


_JUDGES: dict[ObservableType, Callable[[str, Shield], Suppression | None]] = {
    ObservableType.IPV4: _ipv4,
    ObservableType.IPV6: _ipv6,
    ObservableType.IPV4_NET: _network,
    ObservableType.IPV6_NET: _network,
    ObservableType.DOMAIN: _domain,
    ObservableType.URL: _url,
    ObservableType.EMAIL: _email,
    ObservableType.MD5: _hash,
    ObservableType.SHA1: _hash,
    ObservableType.SHA256: _hash,
}
