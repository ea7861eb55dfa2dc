"""Which addresses belong to the public internet.

A pure table and the test over it, for the guard in `api.dialling`. It is no statement about
names: the caller resolves them, and asks about each address.
"""

from __future__ import annotations

import ipaddress

# The IANA special-purpose registry, multicast and reserved space, and one address that is public
# on paper only: 168.63.129.16 answers inside every Azure machine. `ipaddress.is_global` is not
# asked, as it says yes to multicast and to 192.0.0.8, and changed within Python 3.11.
NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# Only 2000::/3 is handed out to the public. What lies outside needs no line of its own: loopback,
# unspecified, ::a.b.c.d, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), unique local, link-local,
# site-local fec0::/10, multicast.
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments, Teredo 2001::/32 among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet.

    Args:
        address: An IPv4 or IPv6 address in its usual notation. An IPv4-mapped one is judged as
            the IPv4 address it carries.

    Returns:
        False for everything else: private, shared, local, multicast, reserved and documentation
        ranges (RFC 6890), IPv6 ranges that carry an IPv4 address (NAT64, 6to4, Teredo,
        IPv4-compatible), any address with a zone id, and whatever is not an address.
    """
    if "%" in address:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return parsed in PUBLIC_V6 and not any(parsed in net for net in NOT_PUBLIC_V6)
        parsed = parsed.ipv4_mapped
    return not any(parsed in net for net in NOT_PUBLIC_V4)
