"""A round of retention removes what the settings call old, says how much, and leaves results, ledgers and webhooks alone."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.execution.plan import active
from dagster._core.storage.runs.schema import RunsTable

from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.ops import retention
from meeting_pipeline.defs.ops.old_runs import OldRuns
from meeting_pipeline.defs.ops.retention import prune
from meeting_pipeline.defs.ops.run_queries import TRIMMED_TAG
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.store.recordings.staged_objects import Staged
from meeting_pipeline.store.tables import Base, Recording
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.dagster_runs import Runs, _Time
from meeting_pipeline_tests.dagster_storage.support import opened, theirs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, drop

pytestmark = pytest.mark.processes  # storage on disk

DAY_S = 24 * 3600.0
NOT_LEASES = [table for table in Base.metadata.sorted_tables if table.name != "run_leases"]


@pytest.fixture
def runs(open_with: OpenWith, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """An installation with a clock of now, and Dagster's storage of a running system."""
    installation = open_with(**providers.environment())
    monkeypatch.setattr(active, "time", _Time(time=lambda: 1e9, sleep=lambda _: None))
    with opened(installation.settings.dagster_home) as instance:
        yield Runs(installation, instance)


def age(instance: dg.DagsterInstance, days: float) -> None:
    """Let all runs have ended earlier."""
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # only on the SQL storage
        connection.execute(RunsTable.update().values(end_time=RunsTable.c.end_time - days * DAY_S))


def processed(runs: Runs) -> Recording:
    """A recording that went the whole way."""
    key = accepted(runs.installation, "one.vtt", TALK).key
    assert runs.job("intake").success
    assert runs.recording(key).success
    assert runs.job("refresh_catalog").success
    assert runs.job("deliver_webhooks").success
    return runs.installation.store.recordings.get(key)


def contents(runs: Runs) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the store but the leases."""
    with runs.installation.store.database.read() as session:
        return {table.name: [tuple(row) for row in session.execute(sa.select(table))] for table in NOT_LEASES}


def test_the_job_removes_old_runs_reports_what_it_freed_and_leaves_the_store_as_it_is(runs: Runs) -> None:
    row = processed(runs)
    instance = runs.instance
    before, kept = contents(runs), dg.AssetRecordsFilter(dg.AssetKey("minutes"), asset_partitions=[row.key])
    [shown] = instance.fetch_materializations(kept, limit=10).records
    assert before["paid_answers"] != []
    age(instance, 91)
    done = runs.job("prune")
    assert done.success
    assert contents(runs) == before
    assert instance.fetch_materializations(kept, limit=10).records == [shown]
    names = {run.job_name: run.tags.get(TRIMMED_TAG) for run in instance.get_runs()}
    assert set(names) == {"intake", "process_recording", "refresh_catalog", "prune"}, "of webhooks nothing is needed"
    assert names["process_recording"] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert names["prune"] is None
    [output] = [event for event in done.result.all_events if event.event_type is dg.DagsterEventType.STEP_OUTPUT]
    told: dict[str, Any] = {name: value.value for name, value in output.step_output_data.metadata.items()}
    assert told["runs_removed"] == 1
    assert told["runs_kept_for_lineage"] == 3
    assert told["events_removed"] > 30
    assert told["event_bytes"] > 50_000
    assert told["complete"] is True
    assert told["longest_write_seconds"] < 5
    assert prune(runs.installation, instance).counts["events_removed"] == 0


def test_before_that_and_with_retention_switched_off_nothing_is_removed(runs: Runs, open_with: OpenWith) -> None:
    processed(runs)
    age(runs.instance, 89)
    assert set(prune(runs.installation, runs.instance).counts.values()) == {0}
    names = ("RUNS", "FAILED_RUNS", "REJECTED", "LOGS")
    off = open_with(**{f"MEETING_PIPELINE_KEEP_{name}_DAYS": "0" for name in names})
    age(runs.instance, 1000)
    assert set(prune(off, runs.instance).counts.values()) == {0}


def test_failed_runs_stay_as_long_as_the_others_and_for_ever_if_nothing_is_removed(
    runs: Runs, open_with: OpenWith
) -> None:
    processed(runs)
    with runs.instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # only on the SQL storage
        connection.execute(RunsTable.update().values(status="FAILURE"))
    age(runs.instance, 200)
    for days in ("0", "365"):
        kept = open_with(MEETING_PIPELINE_KEEP_RUNS_DAYS=days)
        assert prune(kept, runs.instance).counts["runs_removed"] == 0
        assert prune(kept, runs.instance).counts["events_removed"] == 0


def test_the_clock_of_the_store_decides_and_waits_are_scaled_for_tests(runs: Runs, open_with: OpenWith) -> None:
    processed(runs)
    age(runs.instance, 10)
    assert prune(runs.installation, runs.instance, dry=True).counts["events_removed"] == 0
    scaled = open_with(MEETING_PIPELINE_TIME_SCALE="0.1")
    assert prune(scaled, runs.instance, dry=True).counts["events_removed"] > 30


def test_runs_of_a_recording_in_work_are_left_alone(runs: Runs) -> None:
    row = processed(runs)
    with runs.installation.store.database.write() as session:
        session.execute(sa.update(Recording).where(Recording.key == row.key).values(stage="extracting"))
    age(runs.instance, 91)
    prune(runs.installation, runs.instance)
    [run] = runs.instance.get_runs(dg.RunsFilter(job_name="process_recording"))
    assert TRIMMED_TAG not in run.tags
    assert len(runs.instance.all_logs(run.run_id)) > 40


def test_old_files_go_and_a_dry_run_leaves_them(runs: Runs) -> None:
    home = runs.installation.settings.home
    drop(runs.installation, "odd.vtt", "not a transcript")
    folder = runs.installation.settings.rejected / "20200101T000000-0a1b2c3d"
    folder.mkdir(parents=True)
    (folder / "odd.vtt.error.txt").write_text("Why")
    (home / "logs").mkdir()
    dry = prune(runs.installation, runs.instance, dry=True)
    assert dry.counts["rejected_files"] == 1
    assert folder.is_dir()
    assert prune(runs.installation, runs.instance).counts == dry.counts
    assert not folder.exists()


def test_leases_go_with_their_runs(runs: Runs, clock: Clock) -> None:
    processed(runs)
    clock.advance(181 * DAY_S)
    done = prune(runs.installation, runs.instance)
    assert done.leases > 0
    assert prune(runs.installation, runs.instance).leases == 0


def test_a_bug_in_one_part_fails_the_job_after_the_others_were_done(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    processed(runs)
    age(runs.instance, 91)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(retention, "prune_logs", broken)
    done = runs.job("prune")
    assert not done.success
    assert [run for run in runs.instance.get_runs() if TRIMMED_TAG in run.tags]


def test_runs_that_cannot_be_removed_do_not_keep_the_others(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    processed(runs)
    age(runs.instance, 91)
    monkeypatch.setattr(defs_policies, "PRUNE_RUNS", 1)
    prune_some = OldRuns._prune_some
    failing = iter([ZeroDivisionError()])

    def once(self: OldRuns, *given: Any) -> None:
        for error in failing:
            raise error
        prune_some(self, *given)

    monkeypatch.setattr(OldRuns, "_prune_some", once)
    done = prune(runs.installation, runs.instance)
    assert done.failed
    assert done.over
    assert done.counts["runs_removed"] + done.counts["runs_kept_for_lineage"] >= 2


def test_what_does_not_fit_into_the_time_is_for_the_next_round(runs: Runs) -> None:
    processed(runs)
    age(runs.instance, 91)
    assert not prune(runs.installation, runs.instance, seconds=-1.0).over
    assert prune(runs.installation, runs.instance).over


def test_dagsters_own_storage_of_a_file_per_run_is_left_alone(runs: Runs, tmp_path: Path) -> None:
    with opened(tmp_path / "other", theirs(tmp_path / "other")) as instance:
        done = prune(runs.installation, instance)
    assert "SqliteEventLogStorage" in done.left
    assert done.over
    assert not done.failed


def test_the_databases_become_smaller(runs: Runs) -> None:
    processed(runs)
    for _ in range(5):
        assert runs.job("refresh_catalog").success
    age(runs.instance, 91)
    began = time.monotonic()
    assert prune(runs.installation, runs.instance).database_bytes > 0
    assert in_time(time.monotonic() - began, 30)


def test_a_rewrite_that_took_too_long_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Path] = []

    def too_long(path: Path) -> None:
        tries.append(path)
        raise sqlite3.OperationalError("interrupted")

    monkeypatch.setattr(retention, "compact_sqlite", too_long)
    database = tmp_path / "runs.db"
    with pytest.raises(sqlite3.OperationalError):
        retention._rewrite(database, 1000)
    retention._rewrite(database, 1000)
    assert tries == [database]


def test_a_database_is_not_rewritten_on_a_disk_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "compact_sqlite", lambda _: pytest.fail("there is no room"))
    retention._rewrite(tmp_path / "runs.db", shutil.disk_usage(tmp_path).total)


def test_uploads_that_became_no_recording_go_and_a_dry_run_leaves_them(runs: Runs, tmp_path: Path) -> None:
    from obstore.store import MemoryStore

    installation, objects = runs.installation, ObjectFiles("s3://of-tests/in")
    objects._opened = MemoryStore()
    vars(installation)["objects"] = objects
    source = tmp_path / "part"
    source.write_bytes(b"cut off")
    staged = Staged(objects.new_place(), objects.identified())
    installation.store.staged_objects.note(staged)
    objects.put(staged.prefix, "original.wav", source)
    assert prune(installation, runs.instance).uploads == 0, "it may still be under way"
    installation.store.staged_objects.give_up(staged.prefix)
    assert prune(installation, runs.instance, dry=True).counts["left_uploads_removed"] == 1
    assert len(objects.list(staged.prefix)) == 1
    done = prune(installation, runs.instance)
    assert (done.uploads, done.failed, objects.list(staged.prefix)) == (1, False, [])
    assert prune(installation, runs.instance).uploads == 0
