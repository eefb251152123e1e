"""Which IP addresses count as public, and which are never dialled."""

import ipaddress

import pytest

from meeting_pipeline.webhooks.networks import NEVER, NOT_PUBLIC, is_never_dialled, is_public, parse_address

PRIVATE = (
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.170",
    "192.88.99.1",
    "198.18.0.1",
    "240.0.0.1",
    "203.0.113.5",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "3fff::1",
    "5f00::1",
    "100::1",
    "fc00::1",
    "fec0::1",
    "2001:db8::1",
    "2600:1f18::5efe:127.0.0.1",
    "4000::1",
)
NEVER_EXAMPLES = (
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2600:1f18::5efe:169.254.169.254",
    "fe80::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "ff02::1",
    "ff0e::1",
)


@pytest.mark.parametrize("text", [*PRIVATE, *NEVER_EXAMPLES])
def test_an_address_outside_the_public_internet_is_not_public_in_any_form(text: str) -> None:
    assert not is_public(parse_address(text))


@pytest.mark.parametrize("text", NEVER_EXAMPLES)
def test_metadata_link_local_and_multicast_are_never_dialled(text: str) -> None:
    assert is_never_dialled(parse_address(text))


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "10.0.0.1", "fc00::1", "64:ff9b::808:808", "8.8.8.8"])
def test_what_an_installation_may_allow_is_not_among_the_never_dialled(text: str) -> None:
    assert not is_never_dialled(parse_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"])
def test_ordinary_public_addresses_are_public(text: str) -> None:
    assert is_public(parse_address(text))


@pytest.mark.parametrize("network", [*NEVER, *NOT_PUBLIC], ids=str)
def test_first_and_last_address_of_every_listed_network_are_refused(network: ipaddress.IPv4Network) -> None:
    assert not is_public(network.network_address)
    assert not is_public(network.broadcast_address)


def test_an_address_with_an_interface_is_refused() -> None:
    with pytest.raises(ValueError, match="scope"):
        parse_address("2606:4700::1%eth0")
