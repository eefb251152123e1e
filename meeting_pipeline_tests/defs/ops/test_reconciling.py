"""Dagster's records are rebuilt from the store if they are lost, stale or outdated, and never twice."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import event

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.assets.reported import RECONCILED_TAG
from meeting_pipeline.defs.ops import reconciling
from meeting_pipeline.defs.ops.reconciling import Reconciled, reconcile
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.store.recordings.inventory import holdings
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, accepted

ASSETS = ("recording", "transcript", "speakers", "summary", "action_items", "decisions", "minutes")


@pytest.fixture
def lost() -> Iterator[dg.DagsterInstance]:
    """Dagster's storage after a loss: empty."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def row(runs: Runs, providers: Providers) -> Recording:
    """A completed recording that Dagster knows."""
    return completed(runs, "weekly.vtt")


def completed(runs: Runs, name: str) -> Recording:
    made = accepted(runs.installation, name, TALK.replace("Good morning", f"Good morning {name}"))
    assert runs.job("intake").success
    assert runs.recording(made.key).success
    return made


def latest(instance: dg.DagsterInstance, asset: str, key: str) -> dg.AssetMaterialization:
    wanted = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key])
    [record] = instance.fetch_materializations(wanted, limit=1).records
    assert record.asset_materialization is not None
    return record.asset_materialization


def how_many(instance: dg.DagsterInstance, asset: str) -> int:
    return len(instance.fetch_materializations(dg.AssetKey(asset), limit=100).records)


def checks(instance: dg.DagsterInstance) -> dict[str, Any]:
    """For each check, whether it refers to the newest materialization."""
    keys = [dg.AssetCheckKey(dg.AssetKey(asset), name) for name, asset in reconciling._checks().items()]
    return {
        info.check_key.name: info.latest_target_materialization_storage_id == info.latest_materialization_storage_id
        for info in instance.event_log_storage.get_asset_check_partition_info(keys)
    }


def test_all_that_dagster_lost_is_reported_with_the_same_metadata(
    runs: Runs, row: Recording, lost: dg.DagsterInstance
) -> None:
    done = reconcile(runs.installation, lost)
    assert lost.get_dynamic_partitions(RECORDINGS) == [row.key]
    assert done.materializations == dict.fromkeys(ASSETS, 1)
    assert (done.partitions_added, done.checks, done.changes) == (1, 8, 16)
    for asset in ASSETS:
        before, after = latest(runs.instance, asset, row.key), latest(lost, asset, row.key)
        told_once = {"revision_told"}  # differs: the revision that this run delivered
        assert {name: after.metadata[name] for name in before.metadata if name not in told_once} == {
            name: value for name, value in before.metadata.items() if name not in told_once
        }
        assert after.metadata["reconciled"].value is True
        assert (after.tags or {})[RECONCILED_TAG] == "true"
        assert (before.tags or {}).get(defs_policies.OUTCOME_TAG) == (after.tags or {}).get(defs_policies.OUTCOME_TAG)
    assert checks(lost) == dict.fromkeys(reconciling._checks(), True)


def test_a_second_run_changes_nothing(runs: Runs, row: Recording, lost: dg.DagsterInstance) -> None:
    reconcile(runs.installation, lost)
    assert reconcile(runs.installation, lost).changes == 0
    assert how_many(lost, "minutes") == 1


def test_what_the_runs_reported_themselves_is_left_alone(runs: Runs, row: Recording) -> None:
    assert reconcile(runs.installation, runs.instance).changes == 0


def test_a_partition_that_a_person_deleted_comes_back(runs: Runs, row: Recording) -> None:
    runs.instance.delete_dynamic_partition(RECORDINGS, row.key)
    done = reconcile(runs.installation, runs.instance, versions=False)
    assert (done.partitions_added, done.changes) == (1, 1)
    assert runs.instance.has_dynamic_partition(RECORDINGS, row.key)


def test_a_partition_of_no_recording_is_removed(runs: Runs, row: Recording) -> None:
    runs.partition("2020-01-01-gone-00000000")
    assert reconcile(runs.installation, runs.instance).partitions_removed == 1
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == [row.key]


def test_a_deleted_recording_loses_its_partition_and_gets_no_events(
    runs: Runs, row: Recording, lost: dg.DagsterInstance
) -> None:
    delete_recording(runs.installation, row.key, "test", drop_deliveries=True)
    lost.add_dynamic_partitions(RECORDINGS, [row.key])
    done = reconcile(runs.installation, lost)
    assert (done.partitions_removed, done.changes) == (1, 1)


def test_a_recording_that_comes_in_during_the_comparison_keeps_its_partition(
    runs: Runs, row: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def then_another(*arguments: Any) -> Any:
        found = holdings(*arguments)
        completed(runs, "late.vtt")
        return found

    monkeypatch.setattr(reconciling, "holdings", then_another)
    assert reconcile(runs.installation, runs.instance).partitions_removed == 0
    assert len(runs.instance.get_dynamic_partitions(RECORDINGS)) == 2


def test_a_recording_that_is_deleted_during_the_comparison_gets_no_partition(
    runs: Runs, row: Recording, lost: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def then_deleted(*arguments: Any) -> Any:
        found = holdings(*arguments)
        delete_recording(runs.installation, row.key, "test", drop_deliveries=True)
        return found

    monkeypatch.setattr(reconciling, "holdings", then_deleted)
    assert reconcile(runs.installation, lost).changes == 0
    assert lost.get_dynamic_partitions(RECORDINGS) == []


def test_a_gap_is_reported_as_a_gap(runs: Runs, providers: Providers, lost: dg.DagsterInstance) -> None:
    providers.fault("POST /v1/responses", "status", status=400, insight="summary")
    row = completed(runs, "weekly.vtt")
    reconcile(runs.installation, lost)
    before, after = latest(runs.instance, "summary", row.key), latest(lost, "summary", row.key)
    assert after.metadata["outcome"].value == policies.OUTCOME_GAP
    assert {name: after.metadata[name] for name in before.metadata} == before.metadata
    assert reconcile(runs.installation, lost).changes == 0


def test_results_of_a_recording_that_is_worked_on_are_left_to_its_run(
    runs: Runs, providers: Providers, lost: dg.DagsterInstance
) -> None:
    row = completed(runs, "weekly.vtt")
    runs.installation.store.lifecycle.begin(row.key, "another-run", collecting=False)
    done = reconcile(runs.installation, lost)
    assert (done.in_work, dict(done.materializations)) == (1, {"recording": 1})


def test_a_recording_that_intake_has_not_registered_is_left_to_intake(
    runs: Runs, providers: Providers, lost: dg.DagsterInstance
) -> None:
    accepted(runs.installation)
    assert reconcile(runs.installation, lost).changes == 0


def test_a_refused_file_gets_no_partition(runs: Runs, providers: Providers, lost: dg.DagsterInstance) -> None:
    problem = Problem("not_media", "It is no sound file.")
    runs.installation.store.recordings.refuse("bad.wav", SidecarOptions(), "drop_folder", date(2026, 11, 20), problem)
    assert reconcile(runs.installation, lost).changes == 0


def test_a_version_that_dagster_does_not_show_is_reported_unless_the_comparison_is_quick(
    runs: Runs, row: Recording, lost: dg.DagsterInstance
) -> None:
    reconcile(runs.installation, lost)  # `lost` becomes a copy of Dagster's storage from before ...
    assert runs.recording(row.key, selection=["summary"], automatic=False).success  # ... this run
    assert reconcile(runs.installation, lost, versions=False).changes == 0
    done = reconcile(runs.installation, lost)
    assert dict(done.materializations) == {"summary": 1}
    assert latest(lost, "summary", row.key).metadata["version"].value == 2
    assert reconcile(runs.installation, lost).changes == 0


def test_run_requests_are_numbered_after_those_that_dagster_knows(runs: Runs, providers: Providers) -> None:
    row = accepted(runs.installation)
    assert runs.job("intake").success
    tags = {"dagster/partition": row.key, policies.REQUEST_TAG: "3"}
    runs.instance.create_run_for_job(runs.definitions.resolve_job_def("process_recording"), tags=tags)
    assert reconcile(runs.installation, runs.instance).requests_renumbered == 1
    assert runs.installation.store.recordings.get(row.key).requests == 3
    assert reconcile(runs.installation, runs.instance).changes == 0


def test_runs_of_many_waiting_recordings_are_looked_up_at_once(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        accepted(runs.installation, f"{number}.wav")
    real, asked = runs.instance.get_runs, []

    def counted(*given: Any, **named: Any) -> Any:
        asked.append(given)
        return real(*given, **named)

    monkeypatch.setattr(runs.instance, "get_runs", counted)
    reconcile(runs.installation, runs.instance, versions=False)
    assert len(asked) == 1


def test_a_quick_comparison_asks_the_store_a_fixed_number_of_questions(runs: Runs, providers: Providers) -> None:
    def questions() -> int:
        asked: list[str] = []
        engine = runs.installation.store.database.engine

        def note(*arguments: Any) -> None:
            asked.append(str(arguments[2]))

        event.listen(engine, "before_cursor_execute", note)
        try:
            reconcile(runs.installation, runs.instance, versions=False)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    completed(runs, "a.vtt")
    one = questions()
    for name in ("b.vtt", "c.vtt"):
        completed(runs, name)
    assert questions() == one


def test_the_counts_are_printed_by_kind() -> None:
    lines = "\n".join(Reconciled(partitions_added=2, partitions_removed=1, checks=6, recordings=3).lines())
    assert "Partitions added:           2" in lines
    assert "Stale partitions removed:   1" in lines
    assert "Asset checks reported:      6" in lines
