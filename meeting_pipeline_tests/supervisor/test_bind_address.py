"""Where the HTTP service may listen."""

import socket

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings.reachability import exposed_by, is_loopback
from meeting_pipeline.supervisor.bind_address import address_of, listen, require_key_beyond_loopback
from meeting_pipeline_tests.installations import OpenWith


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "LOCALHOST"])
def test_only_this_machine_reaches_a_loopback_address(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", "127.0.0.1.example.org", ""])
def test_any_other_address_may_be_reached_by_others(host: str) -> None:
    assert not is_loopback(host)


def test_beyond_this_machine_nothing_is_served_without_a_key(open_with: OpenWith) -> None:
    installation = open_with(MEETING_PIPELINE_API_HOST="0.0.0.0")
    with pytest.raises(OperatorError) as caught:
        require_key_beyond_loopback(installation)
    assert caught.value.code == "api_key_needed"
    assert "meeting-pipeline keys create" in caught.value.advice
    made = installation.store.api_keys.create("cms", "read")
    require_key_beyond_loopback(installation)
    installation.store.api_keys.revoke(made.id)
    with pytest.raises(OperatorError):
        require_key_beyond_loopback(installation)


@pytest.mark.parametrize(
    ("address", "needed"), [("https://meet.example.org/x", True), ("http://127.0.0.1:8080/meetings", False)]
)
def test_a_public_address_needs_a_key_too(open_with: OpenWith, address: str, needed: bool) -> None:
    installation = open_with(MEETING_PIPELINE_API_PUBLIC_URL=address)
    assert exposed_by(installation.settings) == ("api_public_url" if needed else None)
    if needed:
        with pytest.raises(OperatorError, match="MEETING_PIPELINE_API_PUBLIC_URL"):
            require_key_beyond_loopback(installation)


def test_on_this_machine_no_key_is_needed(open_with: OpenWith) -> None:
    require_key_beyond_loopback(open_with())


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:3001"),
        ("0.0.0.0", "http://127.0.0.1:3001"),
        ("::", "http://[::1]:3001"),
        ("::1", "http://[::1]:3001"),
        ("localhost", "http://localhost:3001"),
    ],
)
def test_the_address_is_one_that_this_machine_can_call(host: str, address: str) -> None:
    assert address_of(host, 3001) == address


def test_a_taken_port_is_named_with_its_setting() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(OperatorError) as caught:
        listen("127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "port_in_use"
    assert "MEETING_PIPELINE_API_PORT" in caught.value.advice


def test_a_port_can_be_used_again_at_once() -> None:
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            bound.accept()[0].close()
    listen("127.0.0.1", port).close()


def test_an_address_that_is_not_of_this_machine_is_named() -> None:
    with pytest.raises(OperatorError) as caught:
        listen("192.0.2.1", 0)
    assert caught.value.code == "bad_address"
