"""Which addresses are public: each special range by an example, and chance over the rest."""

from __future__ import annotations

import ipaddress
import random

import pytest

from api.public_address import is_public


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
    ],
)
def test_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
    ],
)
def test_not_public_nor_when_carried_by_an_ipv6_address(address):
    four = ipaddress.IPv4Address(address)
    six_to_four = ipaddress.IPv6Address((0x2002 << 112) | (int(four) << 80))
    teredo = ipaddress.IPv6Address((0x20010000 << 96) | (int(four) ^ 0xFFFFFFFF))
    carriers = [f"{prefix}{address}" for prefix in ("::ffff:", "::", "64:ff9b::", "64:ff9b:1::")]
    for form in (address, *carriers, str(six_to_four), str(teredo), f"::ffff:0:{address}"):
        assert not is_public(form), form


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:808:808::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "fe80::1%eth0",
        "2606:4700::1%1",
        "8.8.8.8%1",
    ],
)
def test_ipv6_ranges_that_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("text", ["", "example.com", "8.8.8", "08.8.8.8", "2130706433", "[::1]"])
def test_what_is_no_address_is_not_public(text):
    assert not is_public(text)


def test_nothing_is_public_that_the_standard_library_calls_private():
    chance = random.Random(1)  # noqa: S311
    for _ in range(20_000):
        four = ipaddress.IPv4Address(chance.getrandbits(32))
        six = ipaddress.IPv6Address(chance.getrandbits(128) >> 3 | (1 << 125))
        for address in (four, six):
            assert address.is_global or not is_public(str(address))
