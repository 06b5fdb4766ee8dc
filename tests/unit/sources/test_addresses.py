from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.sources.addresses import is_allowed, is_public, parsed_address

PRIVATE = [
    "0.0.0.0",  # noqa: S104  looked at, not bound to
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "2001:0:1234::1",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_of_the_public_internet_is_told(text: str) -> None:
    assert not is_public(parsed_address(text))


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public_addresses_are_told_in_each_of_their_forms(text: str) -> None:
    assert is_public(parsed_address(text))


@given(st.integers(0, 2**32 - 1))
def test_an_address_that_is_wrapped_is_as_public_as_the_address_itself(number: int) -> None:
    bare = IPv4Address(number)
    for prefix in (0xFFFF << 32, 0x64FF9B << 96):
        assert is_public(IPv6Address(prefix | number)) == is_public(bare)
    assert is_public(IPv6Address(0x2002 << 112 | number << 80)) == is_public(bare)


@given(st.ip_addresses(v=4))
def test_nothing_is_public_that_python_knows_to_be_special(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback:
        assert not is_public(address)


@pytest.mark.parametrize(
    ("host", "port", "entry", "expected"),
    [
        ("shop.example", 443, "shop.example", True),
        ("SHOP.example.", 443, "shop.example", True),
        ("shop.example", 8080, "shop.example:8080", True),
        ("shop.example", 443, "shop.example:8080", False),
        ("a.shop.example", 443, "*.shop.example", True),
        ("a.b.shop.example", 443, "*.shop.example", True),
        ("shop.example", 443, "*.shop.example", False),
        ("evilshop.example", 443, "*.shop.example", False),
        ("shop.example.evil.test", 443, "shop.example", False),
        ("evil.test", 443, "shop.example", False),
        ("::1", 80, "[::1]", True),
        ("::1", 81, "[::1]:81", True),
    ],
)
def test_the_allow_list_names_hosts_whole_or_all_below_one(
    host: str, port: int, entry: str, *, expected: bool
) -> None:
    assert is_allowed(host, port, (entry,)) is expected
