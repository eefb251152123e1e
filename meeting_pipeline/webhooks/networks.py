"""Kinds of IP addresses: public, not public, and never allowed.

Belongs here: networks, and the ways in which an address can embed another. Add a network when a registry assigns one, or when
a cloud serves its metadata on a new address. Must not go here: names, ports, URLs and what an installation allows
(``allowlist.py``, ``addresses.py``).
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


NEVER = _networks(
    "0.0.0.0/8",  # "this host": connecting to 0.0.0.0 reaches the loopback interface
    "169.254.0.0/16",  # link-local; most clouds serve instance metadata and credentials here
    "100.100.100.200/32",  # Alibaba Cloud metadata
    "168.63.129.16/32",  # Azure platform channel: a public address served by the host
    "192.0.0.192/32",  # Oracle Cloud metadata
    "224.0.0.0/4",  # multicast
    "255.255.255.255/32",  # broadcast
    "::/128",  # the IPv6 form of 0.0.0.0
    "fe80::/10",  # link-local
    "ff00::/8",  # multicast
    "fd00:ec2::/32",  # AWS instance services: metadata, time, DNS
    "fd20:ce::254/128",  # Google Cloud metadata
)
"""Refused even if an installation allows them: no receiver has such an address, and metadata services give out keys."""

NOT_PUBLIC = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",  # carrier-grade NAT
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "64:ff9b::/96",  # NAT64
    "64:ff9b:1::/48",  # NAT64 of a site
    "100::/64",  # discard
    "2001::/23",  # protocol assignments, Teredo among them
    "2001:db8::/32",
    "2002::/16",  # 6to4
    "3fff::/20",  # documentation
    "5f00::/16",  # segment routing
    "fc00::/7",
    "fec0::/10",
)
"""IANA's special-purpose registries, in full: Python 3.11.7 and 3.12.1 report several of these as ``is_global``
(64:ff9b::/96, 2002::/16, 3fff::/20, 5f00::/16, 192.88.99.0/24)."""

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that is assigned for global use (RFC 4291 section 2.4 and IANA's registry)."""

_EMBEDS_LAST_32_BITS = _networks("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)


def parse_address(text: str) -> Address:
    """Parse an address from a resolver or socket; an IPv4-mapped address becomes IPv4.

    Raises: ValueError, also for an address with a scope (``fe80::1%eth0``), which refers to an interface of this machine.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.scope_id is not None:
        raise ValueError("an address with a scope")
    return address.ipv4_mapped or address


def forms(address: Address) -> tuple[Address, ...]:
    """Return the address and every IPv4 address that a gateway or tunnel would derive from it."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    found: list[Address] = [address]
    if address.ipv4_mapped is not None:
        found.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    wrapped = any(address in network for network in _EMBEDS_LAST_32_BITS)
    if wrapped or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_MARKS:
        found.append(last)
    return tuple(found)


def is_never_dialled(address: Address) -> bool:
    """Whether any form of the address is one that no installation may allow."""
    if address == ipaddress.IPv6Address("::1"):
        return False
    return any(form in network for form in forms(address) for network in NEVER)


def is_public(address: Address) -> bool:
    """Whether all forms of the address belong to the public internet."""
    for form in forms(address):
        if isinstance(form, ipaddress.IPv6Address) and form not in GLOBAL_UNICAST:
            return False
        if not form.is_global or form.is_multicast or any(form in network for network in (*NEVER, *NOT_PUBLIC)):
            return False
    return True
