"""A PostgreSQL role with fewer connections than the system needs: this is reported, nothing is lost, and work resumes later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meeting_pipeline_tests.chaos.faults_database import DATABASE, Server
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = [pytest.mark.scenario, pytest.mark.postgres]

ROLE = "few"
LIMIT = 8
"""Fewer than the permanent processes need at peak."""
REFUSAL = "too many connections for role"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    made._command(f"CREATE ROLE {ROLE} LOGIN CONNECTION LIMIT {LIMIT}")
    made._command(f"ALTER DATABASE {DATABASE} OWNER TO {ROLE}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def system(others_at_work: None, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with Outside() as outside:
        outside.providers.settings(processing_seconds=3.0, llm_seconds=2.0)
        url = server.url.replace("postgres@", f"{ROLE}@")
        system = System(tmp_path_factory.mktemp("few") / "home", outside, MEETING_PIPELINE_DATABASE_URL=url)
        # The tests' own queries bypass the limit.
        system.rows_from(server.url)
        try:
            yield system.start()
        except BaseException:
            system.kill()
            raise
        system.stop()


@pytest.fixture(scope="module")
def handed_over(system: System, server: Server) -> list[Dropped]:
    """Recordings that finished after a time with too few connections and after the limit was lifted."""
    handed = [system.drop(f"{number}.wav", media.wav(f"few {number}"), hook=f"few-{number}") for number in range(5)]
    system.wait_for(lambda: any(REFUSAL in text for _, text in system.logs()), "a refused connection")
    server._command(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
    system.wait_until_over(*handed)
    for one in handed:
        system.wait_until_told(one.hook)
    return handed


def test_the_start_says_how_many_connections_are_missing(system: System) -> None:
    assert f"The server grants this role {LIMIT} connections; a busy system may need 90." in system.output()


def test_all_are_completed_once_the_limit_is_raised_without_a_restart(
    system: System, handed_over: list[Dropped]
) -> None:
    assert [system.recording(one)["status"] for one in handed_over] == ["completed"] * len(handed_over)


def test_nothing_was_bought_or_told_twice(system: System, handed_over: list[Dropped]) -> None:
    assert [len(system.outside.orders(one.sha256)) for one in handed_over] == [1] * len(handed_over)
    told = [{body["event_id"] for body in system.outside.told(one.hook)} for one in handed_over]
    assert [len(events) for events in told] == [1] * len(handed_over)


def test_no_process_was_started_again_for_it(system: System, handed_over: list[Dropped]) -> None:
    assert "starting it again" not in system.output()
