"""Tell an address of the public Internet from one that leads inside."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

TUNNELS = tuple(  # IPv6 that carries an IPv4 address inside: 6to4, NAT64, Teredo
    map(ipaddress.IPv6Network, ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32"))
)

RETIRED = tuple(map(ipaddress.IPv6Network, ("fec0::/10", "::/96")))  # site-local, IPv4-compatible: RFC 4291


def is_public(address: Address) -> bool:
    """Whether an address is of the public Internet, by the IANA special-purpose address registries.

    False for private, loopback, link-local (the clouds' metadata service), shared, reserved and multicast
    addresses, and for IPv6 that carries an IPv4 address inside, whichever that is.
    """
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if mapped is not None:
        return is_public(mapped)
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in net for net in (*TUNNELS, *RETIRED))
    )
