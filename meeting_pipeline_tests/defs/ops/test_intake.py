"""The jobs ``intake`` and ``order_again``, run by Dagster."""

import errno
import shutil
import time
from pathlib import Path

import dagster as dg
import pytest

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.assets.recording import RECORDING
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.foundation.atomic_files import copy_durably
from meeting_pipeline.steps.intake import ingest, staging
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import accepted, drop, inbox_names, notes
from meeting_pipeline_tests.scenario.media import wav


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count dropped files as settled at once."""
    monkeypatch.setattr(intake_policies, "SETTLE_SECONDS", 0.0)


def materialized(runs: Runs) -> list[str]:
    """The materialized partitions of ``recording``."""
    events = runs.instance.fetch_materializations(RECORDING, limit=100).records
    return sorted(event.partition_key or "" for event in events)


def test_one_run_registers_stores_and_orders_all_that_was_dropped(runs: Runs, providers: Providers) -> None:
    for number in range(4):
        drop(runs.installation, f"{number}.wav")
    drop(runs.installation, "same-as-0.wav", wav("0.wav"))
    drop(runs.installation, "broken.wav", b"no sound")
    assert runs.job("intake").success
    rows = runs.installation.store.recordings.list()
    keys = sorted(row.key for row in rows)
    assert len(keys) == 4
    assert sorted(runs.instance.get_dynamic_partitions(RECORDINGS)) == keys
    assert materialized(runs) == keys
    assert {row.stage for row in rows} == {Stage.TRANSCRIBING}
    assert len(notes(runs.installation)) == 1
    ledger = providers.ledger()
    assert (len(ledger["uploads"]), len(ledger["orders"])) == (4, 4)
    assert runs.installation.store.lease_watch.live_workers() == []


def test_a_recording_is_described_by_its_measures(runs: Runs, providers: Providers) -> None:
    drop(runs.installation, "weekly.wav")
    [materialization] = runs.job("intake").materialized.values()
    metadata = materialization.metadata
    assert metadata["codec"].value == "pcm_s16le"
    assert metadata["original_name"].value == "weekly.wav"
    assert metadata["sha256"].value == runs.installation.store.recordings.list()[0].sha256


def test_nothing_dropped_is_a_run_that_does_nothing(runs: Runs, providers: Providers) -> None:
    ran = runs.job("intake")
    assert ran.success
    assert ran.materialized == {}


@pytest.mark.parametrize(("where", "known"), [("_register", False), ("clear_originals", True)])
@pytest.mark.parametrize("partition_added_meanwhile", [False, True])
def test_after_a_crash_before_the_original_goes_the_next_run_registers_it_once(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch, where: str, known: bool,
    partition_added_meanwhile: bool,
) -> None:  # fmt: skip
    drop(runs.installation, "weekly.wav")
    with monkeypatch.context() as dying:
        dying.setattr(ingest, where, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert not runs.job("intake").success
    [row] = runs.installation.store.recordings.list()
    assert materialized(runs) == ([row.key] if known else [])
    if partition_added_meanwhile:
        runs.instance.add_dynamic_partitions(RECORDINGS, [row.key])
    assert runs.job("intake").success
    assert materialized(runs) == [row.key]
    assert runs.instance.has_dynamic_partition(RECORDINGS, row.key)


def test_an_order_that_cannot_be_placed_now_fails_no_run(runs: Runs, providers: Providers) -> None:
    row = accepted(runs.installation)
    providers.fault("POST /v2/upload", "status", status=503)
    ran = runs.job("order_again")
    assert ran.success
    assert ran.steps(dg.DagsterEventType.STEP_SUCCESS) == ["place_orders"]
    assert runs.installation.store.recordings.get(row.key).stage == Stage.ORDERING


def test_a_full_disk_leaves_the_files_and_says_what_is_needed_until_there_is_room(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.wav", "b.wav"):
        drop(runs.installation, name)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 0))
        ran = runs.job("intake")
    [failed] = ran.failures.values()
    assert "0 MB free" in failed.user_failure_data.description
    assert failed.user_failure_data.metadata["code"].value == "disk_full"
    assert "Free some space" in failed.user_failure_data.metadata["what_to_do"].value
    [run] = runs.instance.get_runs()
    assert run.tags[defs_policies.TROUBLE_TAG] == "disk_full"
    assert inbox_names(runs.installation) == ["a.wav", "b.wav"]
    assert runs.installation.store.recordings.list() == []
    assert runs.job("intake").success
    assert len(runs.installation.store.recordings.list()) == 2


def test_a_file_that_the_disk_cannot_read_holds_up_no_other(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.wav", "b.wav"):
        drop(runs.installation, name)

    def copy(source: Path, target: Path) -> tuple[str, int]:
        if source.name == "a.wav":
            raise OSError(errno.EIO, "Input/output error")
        return copy_durably(source, target)

    monkeypatch.setattr(staging, "copy_durably", copy)
    ran = runs.job("intake")
    assert not ran.success
    assert [run.tags[defs_policies.TROUBLE_TAG] for run in runs.instance.get_runs()] == ["disk_error"]
    assert inbox_names(runs.installation) == ["a.wav"]
    assert len(runs.installation.store.recordings.list()) == 1


def test_files_that_wait_after_a_failure_take_no_places_of_a_batch(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "INTAKE_BATCH", 2)
    attempts = Attempts(runs.installation.settings.home)
    for number in range(3):
        with attempts.trying(Candidate(drop(runs.installation, f"a{number}.wav"))) as attempt:
            attempt.defer("Operation not permitted", time.time())
    drop(runs.installation, "good.wav")
    assert runs.job("intake").success
    assert [row.original_name for row in runs.installation.store.recordings.list()] == ["good.wav"]
