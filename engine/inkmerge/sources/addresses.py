"""Which hosts may be asked, and which addresses connected to."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")  # https://www.rfc-editor.org/rfc/rfc6052
_NOT_PUBLIC: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and a cloud's metadata
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
"""https://www.iana.org/assignments/iana-ipv4-special-registry, written out: what `is_global` says differs between
versions of Python."""
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public Internet, also where IPv6 wraps an address of IPv4."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    wrapped = address.ipv4_mapped or address.sixtofour
    if wrapped is None and address in _NAT64:
        wrapped = IPv4Address(int(address) & 0xFFFFFFFF)
    if wrapped is not None:
        return is_public(wrapped)
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NOT_PUBLIC_6)


def parsed_address(text: str) -> Address:
    """Return the address in a text, without the zone that a system may name behind it."""
    return ip_address(text.partition("%")[0])


def is_allowed(host: str, port: int, allowed: Collection[str]) -> bool:
    """Tell whether an allow-list names a host.

    Args:
        host: The name, in ASCII.
        port: The port, which an entry may name.
        allowed: ``shop.example``, ``shop.example:8080``, ``*.shop.example`` for all names below it.
    """
    host = normal_host(host)
    for entry in allowed:
        name, _, at = entry.lower().rpartition(":") if _has_port(entry) else (entry.lower(), "", "")
        if at and int(at) != port:
            continue
        if name.startswith("*."):
            if host.endswith(name[1:]) and len(host) > len(name) - 1:
                return True
        elif normal_host(name) == host:
            return True
    return False


def normal_host(host: str) -> str:
    """Return a host's name as it is compared."""
    return host.lower().rstrip(".").strip("[]")


def _has_port(entry: str) -> bool:
    head, colon, tail = entry.rpartition(":")
    return bool(colon) and tail.isdecimal() and (":" not in head or head.endswith("]"))
