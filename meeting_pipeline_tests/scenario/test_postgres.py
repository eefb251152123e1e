"""The same job with one PostgreSQL database for results and for Dagster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from meeting_pipeline_tests.canaries import in_tables
from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import SECRET, SIGNING_SECRET, Dropped, Outside, System

pytestmark = [pytest.mark.scenario, pytest.mark.postgres]

TITLE = "Kept in PostgreSQL"


@pytest.fixture(scope="module")
def on_postgres(
    others_at_work: None, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    database = postgres_server.create()
    with Outside() as outside:
        system = System(
            tmp_path_factory.mktemp("postgres") / "home",
            outside,
            MEETING_PIPELINE_DATABASE_URL=postgres_server.url(database),
        )
        outside.providers.fault("POST /v1/responses", "status", insight="decisions", words=TITLE, times=3, status=500)
        try:
            yield system.start()
        except BaseException:
            system.kill()
            raise
        system.stop()
    postgres_server.drop(database)


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


def test_a_recording_is_delivered_with_its_gap_and_again_when_it_is_filled(told: list[Any]) -> None:
    assert [(body["event"], body["revision"]) for body in told] == [("meeting.completed", 1), ("meeting.completed", 2)]
    assert [[gap["insight"] for gap in body["gaps"]] for body in told] == [["decisions"], []]


def test_it_is_uploaded_and_ordered_once(on_postgres: System, dropped: Dropped) -> None:
    assert len(on_postgres.outside.uploads(dropped.sha256)) == len(on_postgres.outside.orders(dropped.sha256)) == 1


def test_its_runs_and_partitions_are_in_the_same_database(on_postgres: System, dropped: Dropped) -> None:
    key = on_postgres.key(dropped)
    assert [run["status"] for run in on_postgres.ui.runs_of(key)] == ["SUCCESS", "SUCCESS"]
    (row,) = on_postgres.rows("SELECT count(*) AS n FROM dynamic_partitions WHERE partition = :key", key=key)
    assert row["n"] == 1


def test_no_other_database_is_made(on_postgres: System, dropped: Dropped) -> None:
    assert [path for path in on_postgres.home.rglob("*") if path.suffix in (".db", ".sqlite3")] == []


def test_the_password_side_of_the_url_is_written_nowhere(on_postgres: System, dropped: Dropped) -> None:
    url = on_postgres.settings["MEETING_PIPELINE_DATABASE_URL"]
    written = [path for path in on_postgres.home.rglob("*") if path.is_file()]
    assert [path for path in written if url.rsplit("@", 1)[1].encode() in path.read_bytes()] == []


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
    assert tables <= {"recordings", "artifacts", "webhook_events", "event_logs", "asset_keys"}
