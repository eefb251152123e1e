"""The same job with one PostgreSQL database for results and for Dagster.

The database is down when the system starts. Its role first has fewer connections than the system needs: this is reported,
nothing is lost, and work resumes when it gets more. At the end the database goes down again while recordings are being
processed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from meeting_pipeline_tests.canaries import files_below, in_tables
from meeting_pipeline_tests.chaos.faults_database import DATABASE, Server
from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import SECRET, SIGNING_SECRET, Dropped, Outside, System

pytestmark = [pytest.mark.scenario, pytest.mark.postgres]

TITLE = "Kept in PostgreSQL"
ROLE = "few"
LIMIT = 8
"""Fewer than the permanent processes need at peak."""
REFUSAL = "too many connections for role"
AWAY_SECONDS = 20.0
"""Longer than a process needs to notice (``policies.DATABASE_SILENCE_SECONDS``): a real restart of one minute, scaled."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that keeps its data while it is down. The database belongs to a role with few connections."""
    made = Server()
    made._command(f"CREATE ROLE {ROLE} LOGIN CONNECTION LIMIT {LIMIT}")
    made._command(f"ALTER DATABASE {DATABASE} OWNER TO {ROLE}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def started_first(
    others_at_work: None, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[System, str]]:
    """A system started while its database was down, and its output by the time the database came up."""
    with Outside() as outside:
        home = tmp_path_factory.mktemp("postgres") / "home"
        system = QuickSystem(home, outside, MEETING_PIPELINE_DATABASE_URL=server.url.replace("postgres@", f"{ROLE}@"))
        system.rows_from(server.url)  # the tests' own queries bypass the limit
        outside.providers.fault("POST /v1/responses", "status", insight="decisions", words=TITLE, times=3, status=500)
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


@dataclass(frozen=True)
class HandedOver:
    """Recordings that finished after a time with too few connections, and the output of `up` by then."""

    dropped: list[Dropped]
    said: str


@pytest.fixture(scope="module")
def handed_over(started_first: tuple[System, str], server: Server) -> HandedOver:
    system, _ = started_first
    system.outside.providers.settings(processing_seconds=3.0, llm_seconds=2.0)
    handed = [system.drop(f"{number}.wav", media.wav(f"few {number}"), hook=f"few-{number}") for number in range(5)]
    system.wait_for(lambda: any(REFUSAL in text for _, text in system.logs()), "a refused connection")
    server._command(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
    system.wait_until_over(*handed)
    for one in handed:
        system.wait_until_told(one.hook)
    system.outside.providers.settings(processing_seconds=0.5, llm_seconds=0.0)
    return HandedOver(handed, system.output())


@pytest.fixture(scope="module")
def on_postgres(started_first: tuple[System, str], handed_over: HandedOver) -> System:
    """The system, with as many connections as it needs."""
    return started_first[0]


@pytest.fixture(scope="module")
def dropped(on_postgres: System) -> Dropped:
    one = on_postgres.drop("one.wav", media.wav("on postgres"), hook="one", title=TITLE)
    on_postgres.drop("two.wav", media.wav("on postgres, two"), hook="two")
    on_postgres.wait_until_told("two")
    on_postgres.wait_until_told("one", times=2)
    return one


@pytest.fixture(scope="module")
def told(on_postgres: System, dropped: Dropped) -> list[Any]:
    return on_postgres.outside.told("one")


# --- too few connections -------------------------------------------------------------------------------------------------


def test_the_start_says_how_many_connections_are_missing(started_first: tuple[System, str]) -> None:
    said = started_first[0].output()
    assert f"The server grants this role {LIMIT} connections; a busy system may need 90." in said


def test_all_are_completed_once_the_limit_is_raised_without_a_restart(
    on_postgres: System, handed_over: HandedOver
) -> None:
    outcomes = [on_postgres.recording(one)["status"] for one in handed_over.dropped]
    assert outcomes == ["completed"] * len(handed_over.dropped)


def test_too_few_connections_buy_and_tell_nothing_twice(on_postgres: System, handed_over: HandedOver) -> None:
    outside, handed = on_postgres.outside, handed_over.dropped
    assert [len(outside.orders(one.sha256)) for one in handed] == [1] * len(handed)
    told = [{body["event_id"] for body in outside.told(one.hook)} for one in handed]
    assert [len(events) for events in told] == [1] * len(handed)


def test_no_process_was_started_again_for_it(handed_over: HandedOver) -> None:
    assert "starting it again" not in handed_over.said


# --- one database for all ------------------------------------------------------------------------------------------------


def test_a_recording_is_delivered_with_its_gap_and_again_when_it_is_filled(told: list[Any]) -> None:
    assert [(body["event"], body["revision"]) for body in told] == [("meeting.completed", 1), ("meeting.completed", 2)]
    assert [[gap["insight"] for gap in body["gaps"]] for body in told] == [["decisions"], []]


def test_it_is_uploaded_and_ordered_once(on_postgres: System, dropped: Dropped) -> None:
    assert len(on_postgres.outside.uploads(dropped.sha256)) == len(on_postgres.outside.orders(dropped.sha256)) == 1


def test_its_runs_and_partitions_are_in_the_same_database(on_postgres: System, dropped: Dropped) -> None:
    key = on_postgres.key(dropped)
    on_postgres.wait_until_idle()
    statuses = [run["status"] for run in on_postgres.ui.runs_of(key)]
    assert set(statuses) == {"SUCCESS"}
    # Waits are short here: the gap may be due again before the run that fills it has started, and another finds it filled.
    assert len(statuses) >= 2
    (row,) = on_postgres.rows("SELECT count(*) AS n FROM dynamic_partitions WHERE partition = :key", key=key)
    assert row["n"] == 1


def test_no_other_database_is_made(on_postgres: System, dropped: Dropped) -> None:
    assert [path for path in files_below(on_postgres.home) if path.suffix in (".db", ".sqlite3")] == []


def test_the_password_side_of_the_url_is_written_nowhere(on_postgres: System, dropped: Dropped) -> None:
    url = on_postgres.settings["MEETING_PIPELINE_DATABASE_URL"]
    told = {path for path, _ in on_postgres.logs()}  # logs name the unavailable database, without its password
    written = [path for path in files_below(on_postgres.home) if path not in told]
    assert [path for path in written if url.rsplit("@", 1)[1].encode() in content_of(path)] == []


def content_of(path: Path) -> bytes:
    """Empty if the file has gone: the system is at work."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_no_secret_stands_in_the_database_and_the_title_only_among_results_and_previews(
    on_postgres: System, dropped: Dropped
) -> None:
    engine = sa.create_engine(on_postgres.settings["MEETING_PIPELINE_DATABASE_URL"])
    try:
        assert in_tables(engine, (SECRET, SIGNING_SECRET, ASSEMBLYAI_KEY, OPENAI_KEY)) == set()
        tables = {found.place.split(".")[0] for found in in_tables(engine, [TITLE])}
    finally:
        engine.dispose()
    assert "webhook_events" in tables, "the search finds what is there"
    assert tables <= {"recordings", "artifacts", "webhook_events", "search_lines", "event_logs", "asset_keys"}


# --- the database is away ------------------------------------------------------------------------------------------------


def test_a_system_that_starts_before_its_database_says_so_and_goes_on(started_first: tuple[System, str]) -> None:
    system, said = started_first
    assert "does not respond" in said
    assert "Traceback" not in said
    assert "The database responds after" in system.output()


@pytest.fixture(scope="module")
def survivors(on_postgres: System, dropped: Dropped, server: Server) -> list[Dropped]:
    """Recordings in every stage when the database goes down; all are finished when this returns."""
    system = on_postgres
    system.outside.providers.settings(processing_seconds=4.0, llm_seconds=3.0)
    handed = []
    for number in range(4):
        handed.append(system.drop(f"before-{number}.wav", media.wav(f"away {number}"), hook=f"before-{number}"))
        time.sleep(3)  # spreads the stages; when waiting for each one, the first would finish too early
    system.wait_for(lambda: any(system.recording(one).get("stage", "ordering") != "ordering" for one in handed), "work")
    server.end_at_once()
    handed.append(system.drop("meanwhile.wav", media.wav("meanwhile"), hook="meanwhile"))
    time.sleep(AWAY_SECONDS)
    server.start()
    system.wait_until_over(*handed)
    for one in handed:
        system.wait_until_told(one.hook)
    return handed


def test_what_was_in_work_is_completed_though_the_database_was_away(
    on_postgres: System, survivors: list[Dropped]
) -> None:
    system = on_postgres
    outcomes = {one.name: system.recording(one)["status"] for one in survivors}
    assert outcomes == dict.fromkeys(outcomes, "completed")


def test_nothing_is_bought_twice_nor_counted_as_a_lost_worker(on_postgres: System, survivors: list[Dropped]) -> None:
    system = on_postgres
    assert [len(system.outside.orders(one.sha256)) for one in survivors] == [1] * len(survivors)
    assert [system.recording(one)["worker_losses"] for one in survivors] == [0] * len(survivors)
    bought = system.rows(
        "SELECT recording_key, question_hash FROM paid_answers WHERE state IN ('answered', 'unusable', 'lost')"
    )
    keys = {system.key(one) for one in survivors}
    questions = [(row["recording_key"], row["question_hash"]) for row in bought if row["recording_key"] in keys]
    assert len(set(questions)) == len(questions) > 0


def test_each_outcome_is_told_in_one_event(on_postgres: System, survivors: list[Dropped]) -> None:
    system = on_postgres
    told = {one.hook: {body["event_id"] for body in system.outside.told(one.hook)} for one in survivors}
    assert {hook: len(events) for hook, events in told.items()} == dict.fromkeys(told, 1)
