"""Clients that follow recordings live get every event once and in order, although they lose their connections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meeting_pipeline_tests.api.audience import Audience
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, System

pytestmark = pytest.mark.scenario

RECORDINGS, OF_EACH, OF_ALL = 3, 8, 4
"""A small version of ``make events-load``."""


def drop_file(system: System) -> tuple[Audience, list[Dropped]]:
    names = [f"live-{number}" for number in range(RECORDINGS)]
    audience = Audience(system, OF_ALL, OF_EACH).__enter__()
    dropped = [system.drop(f"{name}.wav", media.wav(name), hook=name) for name in names]
    audience.follow(dropped)
    return audience, dropped


@pytest.fixture(scope="module")
def followed(system: System, handed_in: tuple[Audience, list[Dropped]]) -> Iterator[tuple[Audience, list[Dropped]]]:
    audience, dropped = handed_in
    try:
        for one in dropped:
            system.wait_until_told(one.hook)
        system.wait_for(lambda: audience.all_were_told_the_end(dropped), "the streams to end")
        yield audience, dropped
    finally:
        audience.__exit__()


def test_every_client_gets_every_event_once_and_in_order(
    system: System, followed: tuple[Audience, list[Dropped]]
) -> None:
    audience, dropped = followed
    query = "SELECT id FROM webhook_deliveries WHERE state != 'delivered' AND recording_key = :key"
    for one in dropped:
        system.wait_for(lambda one=one: not system.rows(query, key=system.key(one)), "its webhook to be noted")  # type: ignore[misc]  # a bound default
    assert audience.wrong(dropped) == []
    assert len(audience.everybody()) == RECORDINGS * OF_EACH + OF_ALL
    assert sum(client.errors for client in audience.everybody()) > 0, "connections were lost"


def test_each_stream_tells_the_outcome_before_its_end(followed: tuple[Audience, list[Dropped]]) -> None:
    """A client that was cut off between the last event and the end hears of the end by the 204 of its next request."""
    audience, dropped = followed
    told = [[frame.type for frame in client.frames] for one in dropped for client in audience.of_one[one.name]]
    assert all("completed" in types for types in told)
    ended = [types for types in told if "end" in types]
    assert ended
    assert all(types.index("completed") < types.index("end") for types in ended)
