"""PostgreSQL is down when the system starts, and goes down while recordings are in work."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from meeting_pipeline_tests.chaos.faults_database import Server
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = [pytest.mark.scenario, pytest.mark.postgres]

AWAY_SECONDS = 20.0
"""Longer than a process needs to notice (``policies.DATABASE_SILENCE_SECONDS``); the minute of a real restart, scaled."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that keeps its data while it is down."""
    made = Server()
    yield made
    made.close()


@pytest.fixture(scope="module")
def started_first(
    others_at_work: None, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[System, str]]:
    """A system that was started while its database was down, and what it had said by the time the database came."""
    with Outside() as outside:
        system = System(tmp_path_factory.mktemp("away") / "home", outside, MEETING_PIPELINE_DATABASE_URL=server.url)
        server.end_at_once()
        system.begin()
        said = system.wait_for(lambda: "Waiting for the database" in system.output() and system.output(), "a word")
        server.start()
        try:
            yield system.wait_until_started(), said
        except BaseException:
            system.kill()
            raise
        system.stop()


@pytest.fixture(scope="module")
def survivors(started_first: tuple[System, str], server: Server) -> list[Dropped]:
    """Recordings in every stage when the database goes down; they are over when this returns."""
    system, _ = started_first
    system.outside.providers.settings(processing_seconds=4.0, llm_seconds=3.0)
    dropped = []
    for number in range(4):
        dropped.append(system.drop(f"before-{number}.wav", media.wav(f"away {number}"), hook=f"before-{number}"))
        time.sleep(
            3
        )  # so that they are in different stages: a wait for each stage would be over when the last is reached
    system.wait_for(
        lambda: any(row["stage"] != "ordering" for row in system.rows("SELECT stage FROM recordings")), "work"
    )
    server.end_at_once()
    dropped.append(system.drop("meanwhile.wav", media.wav("meanwhile"), hook="meanwhile"))
    time.sleep(AWAY_SECONDS)
    server.start()
    system.wait_until_over(*dropped)
    for one in dropped:
        system.wait_until_told(one.hook)
    return dropped


def test_a_system_that_starts_before_its_database_says_so_and_goes_on(started_first: tuple[System, str]) -> None:
    system, said = started_first
    assert "does not answer" in said
    assert "Traceback" not in said
    assert "The database answers after" in system.output()


def test_what_was_in_work_is_completed_though_the_database_was_away(
    started_first: tuple[System, str], survivors: list[Dropped]
) -> None:
    system, _ = started_first
    outcomes = {one.name: system.recording(one)["status"] for one in survivors}
    assert outcomes == dict.fromkeys(outcomes, "completed")


def test_nothing_is_bought_twice_nor_counted_as_a_lost_worker(
    started_first: tuple[System, str], survivors: list[Dropped]
) -> None:
    system, _ = started_first
    assert [len(system.outside.orders(one.sha256)) for one in survivors] == [1] * len(survivors)
    assert [system.recording(one)["worker_losses"] for one in survivors] == [0] * len(survivors)
    bought = system.rows(
        "SELECT recording_key, question_hash FROM paid_answers WHERE state IN ('answered', 'unusable', 'lost')"
    )
    assert len({(row["recording_key"], row["question_hash"]) for row in bought}) == len(bought)


def test_each_outcome_is_told_in_one_event(started_first: tuple[System, str], survivors: list[Dropped]) -> None:
    system, _ = started_first
    told = {one.hook: {body["event_id"] for body in system.outside.told(one.hook)} for one in survivors}
    assert {hook: len(events) for hook, events in told.items()} == dict.fromkeys(told, 1)
