"""The words of a deleted recording are erased from Dagster's storage, on both databases; those of others are kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.execution.plan import active
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.ops import dagster_tables
from meeting_pipeline.defs.ops.sqlite_pages import compact_sqlite
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.keys import blanked, erased_key
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.steps.processing.run_config import JOB, run_config
from meeting_pipeline.store.tables import DeletedRecording, Recording
from meeting_pipeline_tests.canaries import in_bytes, in_tables
from meeting_pipeline_tests.dagster_runs import NO_COMPUTE_LOGS, Runs, _Time
from meeting_pipeline_tests.defs.sensors.test_sensors import under_way
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, drop
from meeting_pipeline_tests.scenario.media import vtt
from meeting_pipeline_tests.store.conftest import BOTH

pytestmark = pytest.mark.slow

WORDS = ("zimtkanarie", "gimpelkanarie", "stieglitzkanarie", "dateikanarie", "hakenkanarie")
DOOMED = vtt(
    ("Stieglitzkanarie", "Good morning, we decided to ship the gimpelkanarie release in two steps."),
    ("Priya", "I will send the draft of the gimpelkanarie plan by Friday."),
)


class World:
    """An installation and Dagster with storage on disk, and the location of their databases."""

    def __init__(self, runs: Runs, clock: Clock, url: str | None) -> None:
        self.runs = runs
        self.clock = clock
        self.url = url

    @property
    def installation(self) -> Installation:
        return self.runs.installation

    def dropped(self, name: str, content: str, **sidecar: object) -> Recording:
        drop(self.installation, name, content, **sidecar)
        assert self.runs.job("intake").success
        return next(row for row in self.installation.store.recordings.list() if row.original_name == name)

    def taken(self, name: str, content: str, **sidecar: object) -> Recording:
        row = self.dropped(name, content, **sidecar)
        assert self.runs.recording(row.key).success
        return row

    def found(self, *words: str) -> set[str]:
        """Places in the home and in the databases that contain one of the words."""
        self.installation.store.close()
        places = {one.place for one in in_bytes(self.installation.settings.home, words)}
        if self.url is not None:
            engine = sa.create_engine(self.url)
            places |= {one.place for one in in_tables(engine, words)}
            engine.dispose()
        return places

    def erase(self) -> DeletedRecording:
        """Erase in two rounds and rewrite the tables in between, as the sensors do. Returns the row of the deletion."""
        assert self.runs.job("intake").success
        assert self.runs.job("refresh_catalog").success
        self.clock.advance(3600)
        assert self.runs.job("intake").success
        self.clock.ahead = timedelta()
        [row] = self.installation.store.deleted_recordings.latest(10)
        return row


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count dropped files as settled at once."""
    monkeypatch.setattr(intake_policies, "SETTLE_SECONDS", 0.0)


@pytest.fixture(params=BOTH)
def world(
    request: pytest.FixtureRequest, open_with: OpenWith, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:  # fmt: skip
    url = str(request.getfixturevalue("postgres_url")) if request.param == "postgres" else None
    more = {} if url is None else {"MEETING_PIPELINE_DATABASE_URL": url}
    installation = open_with(**providers.environment(), **more)
    home = installation.settings.dagster_home
    storage = {
        "module": f"meeting_pipeline.dagster_storage.{'sqlite' if url is None else 'postgres'}",
        "class": "SqliteStorage" if url is None else "PostgresStorage",
        "config": {"base_dir": str(home / "storage")} if url is None else {"postgres_url": url},
    }
    overrides = {**NO_COMPUTE_LOGS, "storage": {"custom": storage}}
    home.mkdir()
    monkeypatch.setattr(defs_policies, "ERASE_RUN_SECONDS", 0.0)
    monkeypatch.setattr(active, "time", _Time(time=lambda: 1e9, sleep=lambda _: None))
    with dg.DagsterInstance.local_temp(str(home), overrides=overrides) as instance:
        clock.ahead = timedelta()
        yield World(Runs(installation, instance), clock, url)


def doomed(world: World) -> Recording:
    """A recording with a distinct word in each part, and with deliveries to a receiver that does not exist."""
    row = dropped_doomed(world)
    assert world.runs.recording(row.key).success
    return row


def dropped_doomed(world: World) -> Recording:
    """The same, accepted only."""
    return world.dropped(
        "Dateikanarie.vtt",
        DOOMED,
        title="Zimtkanarie budget",
        participants=["Stieglitzkanarie"],
        webhook_url="http://127.0.0.1:9/hakenkanarie",
    )


def history(instance: dg.DagsterInstance, key: str) -> list[tuple[str, str | None]]:
    """Each event in Dagster of the recording's runs."""
    runs = instance.get_runs(dg.RunsFilter(tags={"dagster/partition": key}))
    return [(run.run_id, entry.user_message) for run in runs for entry in instance.all_logs(run.run_id)]


def test_nothing_is_left_of_it_anywhere_and_everything_of_the_others(world: World) -> None:
    instance = world.runs.instance
    other = world.taken("other.vtt", TALK, title="Another")
    row = doomed(world)
    assert world.runs.job("refresh_catalog").success
    logs = world.installation.settings.home / "logs"
    logs.mkdir()
    (logs / "daemon.log").write_text(json.dumps({"recording_id": row.key, "message": "x"}) + f"\n{other.key}\n")
    before = history(instance, other.key)
    assert before != []
    places = world.found(*WORDS)
    assert any("event_logs" in place or "history" in place for place in places)

    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    receipt = world.erase()

    assert world.found(*WORDS) == set()
    assert {place: said["left"] for place, said in receipt.receipt.items() if said["left"]} == {}
    assert receipt.erased_at is not None
    removed = {place: said["removed"] for place, said in receipt.receipt.items()}
    assert removed["dagster_runs"] == 1
    assert removed["dagster_events"] > 20
    assert removed["files"] >= 2
    assert removed["results"] > 10
    assert removed["logs"] == 1
    assert removed["tables"] == 3
    assert removed["previews_of_tables"] >= 2
    assert history(instance, other.key) == before
    assert instance.has_dynamic_partition(RECORDINGS, other.key)
    assert blanked(row.key) in (logs / "daemon.log").read_text()
    assert other.key in (logs / "daemon.log").read_text()
    for name in ("recording", "transcript", "summary", "minutes"):
        records = instance.fetch_materializations(dg.AssetKey(name), limit=10).records
        assert [record.partition_key for record in records] == [other.key]
        event = instance.get_latest_materialization_event(dg.AssetKey(name))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.partition == other.key
        assert instance.get_materialized_partitions(dg.AssetKey(name)) == {other.key}
    tables = [
        record.asset_materialization
        for record in instance.fetch_materializations(dg.AssetKey("meetings"), limit=10).records
    ]
    assert [sorted({"dagster/row_count", "first_rows"} & set(table.metadata if table else ())) for table in tables] == [
        ["dagster/row_count", "first_rows"],
        ["dagster/row_count"],
    ]


def test_nothing_is_left_of_it_in_a_run_that_also_worked_on_others(world: World) -> None:
    other, row = world.dropped("other.vtt", TALK, title="Another"), dropped_doomed(world)
    tickets = world.installation.store.lifecycle.request_runs(10)
    assert {ticket.key for ticket in tickets} == {other.key, row.key}
    world.runs.partition(other.key, row.key)
    config = run_config([{"key": ticket.key, "request": ticket.request} for ticket in tickets])
    job = world.runs.definitions.resolve_job_def(JOB)
    shared = job.execute_in_process(instance=world.runs.instance, run_config=config)
    assert shared.success
    kept = verdicts(world.runs.instance, shared.run_id)
    evaluated = [one for one in world.runs.instance.all_logs(shared.run_id) if one.asset_check_evaluation is not None]
    for again in evaluated:  # as when a step is tried again
        world.runs.instance.handle_new_event(again)
    assert any("event_logs" in place or "history" in place for place in world.found(row.key))

    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    world.erase()

    assert world.found(*WORDS, row.key) == set()
    left = verdicts(world.runs.instance, shared.run_id)
    assert left == {one for one in kept if one[0] == other.key}
    assert left != set()


def test_damaged_checks_of_others_do_not_keep_it_from_being_erased(world: World) -> None:
    other, row = world.dropped("other.vtt", TALK, title="Another"), dropped_doomed(world)
    tickets = world.installation.store.lifecycle.request_runs(10)
    world.runs.partition(other.key, row.key)
    config = run_config([{"key": ticket.key, "request": ticket.request} for ticket in tickets])
    job = world.runs.definitions.resolve_job_def(JOB)
    assert job.execute_in_process(instance=world.runs.instance, run_config=config).success
    events = world.runs.instance.event_log_storage
    assert isinstance(events, SqlEventLogStorage)
    with events.index_connection() as connection:
        damaged = "zlib:damaged!" if world.url is not None else b"\x00"
        changed = connection.execute(
            sa.text("UPDATE event_logs SET event = :damaged WHERE dagster_event_type = 'ASSET_CHECK_EVALUATION'"),
            {"damaged": damaged},
        )
    assert changed.rowcount > 0
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    assert world.erase().erased_at is not None
    assert world.found(*WORDS) == set()


def verdicts(instance: dg.DagsterInstance, run_id: str) -> set[tuple[str | None, str]]:
    """Partition and name of each check that a run has evaluated."""
    checks = [entry.asset_check_evaluation for entry in instance.all_logs(run_id)]
    return {(one.partition, one.check_name) for one in checks if one is not None}


def test_the_receipt_is_found_by_the_key_and_holds_no_word_of_it(world: World) -> None:
    row = doomed(world)
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    store = world.installation.store
    found = store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.receipt["erasure"]["left"] == "not_begun"
    world.erase()
    found = store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.key == erased_key(row.key)
    assert "zimt" not in repr((found.key, found.receipt, found.traces, found.references))
    assert store.deleted_recordings.find(found.key) is not None
    assert store.deleted_recordings.costs(row.key, None).recordings == 1
    assert store.deletions.due(10) == []


def test_a_run_of_many_that_may_still_write_the_key_is_waited_for_and_keeps_no_mention_of_it(world: World) -> None:
    row, store, instance = doomed(world), world.installation.store, world.runs.instance
    config = run_config([{"key": row.key}, {"key": "another"}])
    run = under_way(world.runs, JOB, dg.DagsterRunStatus.STARTED, run_config=config)
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    assert world.runs.job("intake").success
    found = store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.receipt["dagster_runs"]["left"] == "run_not_over"
    instance.report_run_failed(run)
    world.erase()
    after = instance.get_run_by_id(run.run_id)
    assert after is not None
    assert row.key not in repr(after)
    assert "another" in repr(after.run_config)
    assert store.deletions.due(10) == []


def test_until_the_tables_are_written_anew_the_receipt_says_so(world: World) -> None:
    row = doomed(world)
    assert world.runs.job("refresh_catalog").success
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    assert world.runs.job("intake").success
    found = world.installation.store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.receipt["tables"]["left"] == "tables_not_written_yet"
    assert found.receipt["dagster_runs"]["left"] is None
    assert found.due_at is not None
    assert found.erased_at is None


def test_the_same_content_handed_in_again_keeps_its_own_runs_and_events(world: World) -> None:
    row = doomed(world)
    [old] = world.runs.instance.get_runs(dg.RunsFilter(tags={"dagster/partition": row.key}))
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    world.clock.ahead = timedelta(seconds=60)
    drop(world.installation, "Dateikanarie.vtt", DOOMED, title="Zimtkanarie budget")
    from meeting_pipeline_tests.installations import take_all

    take_all(world.installation)
    world.clock.ahead = timedelta()
    [again] = world.installation.store.recordings.list()
    assert world.runs.recording(again.key).success
    world.erase()
    kept = world.runs.instance.get_runs(dg.RunsFilter(tags={"dagster/partition": again.key}))
    assert len(kept) == 1
    assert kept[0].run_id != old.run_id
    assert len(world.runs.instance.fetch_materializations(dg.AssetKey("minutes"), limit=10).records) == 1


def test_a_storage_that_is_in_trouble_is_searched_again_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = doomed(world)
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)

    def away(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("select", {}, Exception("locked"))

    with monkeypatch.context() as broken:
        broken.setattr(dagster_tables.DagsterTables, "delete_events", away)
        assert world.runs.job("intake").success
    found = world.installation.store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.receipt["dagster_runs"]["left"] == "storage_of_dagster_in_trouble"
    world.clock.advance(3600)
    world.erase()
    assert world.found(*WORDS) == set()


def test_a_run_that_still_goes_on_is_left_to_the_next_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = doomed(world)
    [run] = world.runs.instance.get_runs(dg.RunsFilter(tags={"dagster/partition": row.key}))
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    with monkeypatch.context() as going_on:
        going_on.setattr(type(run), "is_finished", property(lambda self: self.run_id != run.run_id))
        assert world.runs.job("intake").success
    found = world.installation.store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.receipt["dagster_runs"]["left"] == "run_not_over"
    assert world.runs.instance.get_run_by_id(run.run_id) is not None
    world.erase()
    assert world.runs.instance.get_run_by_id(run.run_id) is None


def test_a_database_is_not_written_anew_for_longer_than_writers_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE events (event TEXT)")
        connection.executemany("INSERT INTO events VALUES (?)", [("word" * 50,)] * 5_000)
        connection.commit()
    monkeypatch.setattr(defs_policies, "COMPACTING_SECONDS", -1.0)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        compact_sqlite(path)
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        connection.execute("DELETE FROM events")  # the database is not locked
        connection.commit()
    monkeypatch.undo()
    compact_sqlite(path)
    assert b"word" not in path.read_bytes()


def test_the_last_words_of_a_run_that_has_just_ended_are_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = doomed(world)
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    with monkeypatch.context() as just_ended:
        just_ended.setattr(defs_policies, "ERASE_RUN_SECONDS", 600.0)
        assert world.runs.job("intake").success
    found = world.installation.store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.receipt["dagster_runs"]["left"] == "run_not_over"
    logs = world.installation.settings.home / "logs"
    logs.mkdir(exist_ok=True)
    (logs / "daemon.log").write_text(f"There is no recording '{row.key}'.\n")
    assert world.erase().erased_at is not None
    assert row.key not in (logs / "daemon.log").read_text()


def test_a_backfill_that_may_still_submit_runs_of_it_is_waited_for(world: World) -> None:
    row = doomed(world)
    instance = world.runs.instance
    tags: dict[str, str] = {}
    backfill = PartitionBackfill(
        "going-on", BulkActionStatus.REQUESTED, from_failure=False, tags=tags, backfill_timestamp=1e9,
        partition_names=[row.key], partition_set_origin=None,
    )  # fmt: skip
    instance.add_backfill(backfill)
    delete_recording(world.installation, row.key, "ops", drop_deliveries=True)
    waiting = world.erase()
    assert waiting.erased_at is None
    assert waiting.receipt["dagster_runs"]["left"] == "run_not_over"
    instance.update_backfill(backfill.with_status(BulkActionStatus.COMPLETED_FAILED))  # type: ignore[no-untyped-call]  # of Dagster
    world.clock.advance(3600)
    assert world.erase().erased_at is not None
    assert world.found(row.key) == set()
