"""Say which observables must never be blocked by anyone: the first, fixed part of the shield.

It knows inside addresses, wide networks, and the names of `protected_names.txt`. Large public lists of
names, and the deployment's own allow-list, are for a later change (decision 0015).
"""

import ipaddress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from records import Observable, ObservableType, is_public

WIDEST = {4: 16, 6: 32}  # bits: a network wider than that holds strangers; the rule is ours
# Documentation ranges (RFC 5737, RFC 3849) lead nowhere: examples may use them.
DOCUMENTATION = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
# Public resolvers (Google, Cloudflare, Quad9), by their operators' own pages.
RESOLVERS = tuple(
    map(
        ipaddress.ip_network,
        [
            "8.8.8.8",
            "8.8.4.4",
            "1.1.1.1",
            "1.0.0.1",
            "9.9.9.9",
            "149.112.112.112",
            "2001:4860:4860::8888",
            "2001:4860:4860::8844",
            "2606:4700:4700::1111",
            "2606:4700:4700::1001",
            "2620:fe::fe",
        ],
    )
)
_ADDRESSES = frozenset(
    {ObservableType.IPV4, ObservableType.IPV6, ObservableType.IPV4_NET, ObservableType.IPV6_NET}
)


def suppression(item: Observable) -> str:
    """Say why an observable must be on no list; an empty text where it may be.

    Refused are addresses and networks, alone or as the host of a URL, that are not of the public
    Internet (IANA special-purpose address registries: private, loopback, link-local, shared, multicast,
    reserved); networks wider than /16 (IPv4) or /32 (IPv6); protected names and their parents, alone
    or as a URL of their whole site.
    """
    if item.type in _ADDRESSES:
        return _network(item.value)
    if item.type is ObservableType.DOMAIN:
        return _name(item.value)
    if item.type is ObservableType.URL:
        parts = urlsplit(item.value)
        host = parts.hostname or ""
        if ":" in host or host.replace(".", "").isdigit():
            return _network(host)
        return _name(host) if parts.path in ("", "/") and not parts.query else ""
    return ""


def _name(name: str) -> str:
    """Judge a domain: one that is protected, lies below a protected zone, or has one below it."""
    names, zones = _protected()
    labels = name.split(".")
    if name in names or any(".".join(labels[n:]) in zones for n in range(len(labels))):
        return "a name that hospitals cannot do without"
    return ""


@cache
def _protected() -> tuple[frozenset[str], frozenset[str]]:
    """Return the protected names with all their parents, and the zones protected with all below them."""
    text = Path(__file__).with_name("protected_names.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    zones = frozenset(line[1:] for line in lines if line.startswith("."))
    names = [line.lstrip(".").split(".") for line in lines]
    return frozenset(".".join(labels[n:]) for labels in names for n in range(len(labels))), zones


def _network(text: str) -> str:
    network = ipaddress.ip_network(text)
    if network.prefixlen < WIDEST[network.version]:
        return f"a network wider than /{WIDEST[network.version]}"
    if any(network.overlaps(known) for known in RESOLVERS if known.version == network.version):
        return "it holds a public resolver"
    first, last = network[0], network[-1]
    if any(first in known and last in known for known in DOCUMENTATION if known.version == network.version):
        return ""
    if not (is_public(first) and is_public(last)):
        return "not an address of the public Internet"
    return ""
