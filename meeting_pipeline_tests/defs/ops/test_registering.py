"""Registering with Dagster what was submitted or deleted elsewhere: once, also after a crash."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.assets.recording import RECORDING
from meeting_pipeline.defs.ops import registering
from meeting_pipeline.defs.ops.comparing import compare
from meeting_pipeline.defs.ops.erasing import DagsterRegister
from meeting_pipeline.defs.ops.registering import ensure_partitions, to_register
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.defs.sensors.drop_folder import drop_folder
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.registrations import Registrations
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, jobs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, accepted


def materializations(runs: Runs) -> int:
    return len(runs.instance.fetch_materializations(RECORDING, limit=100).records)


def test_what_came_in_elsewhere_is_noticed_registered_and_ordered_at_once(runs: Runs, providers: Providers) -> None:
    tick = Ticks(runs)
    assert tick(drop_folder) == ([], None)
    row = accepted(runs.installation)
    assert jobs(tick(drop_folder)[0]) == ["intake"]
    assert runs.job("intake").success
    assert runs.instance.has_dynamic_partition(RECORDINGS, row.key)
    assert materializations(runs) == 1
    assert len(providers.ledger()["orders"]) == 1
    assert runs.installation.store.recordings.get(row.key).registered_at is not None
    assert tick(drop_folder) == ([], None)


@pytest.mark.parametrize("where", ["note_registered", "partition"])
def test_after_a_crash_it_is_registered_once(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    row = accepted(runs.installation)
    with monkeypatch.context() as dying:
        if where == "partition":
            dying.setattr(registering, "crash_point", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        else:
            dying.setattr(Registrations, "note_registered", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert not runs.job("intake").success
    assert [found.key for found in runs.installation.store.registrations.unregistered(10)] == [row.key]
    assert runs.job("intake").success
    assert materializations(runs) == 1
    assert runs.installation.store.registrations.unregistered(10) == []


def test_what_was_deleted_loses_its_partition(runs: Runs, providers: Providers) -> None:
    tick = Ticks(runs)
    row = accepted(runs.installation)
    assert runs.job("intake").success
    runs.installation.store.cancelling.cancel(row.key)
    delete_recording(runs.installation, row.key, "ops")
    assert jobs(tick(drop_folder)[0]) == ["intake"]
    assert runs.job("intake").success
    assert not runs.instance.has_dynamic_partition(RECORDINGS, row.key)
    found = runs.installation.store.deleted_recordings.find(row.key)
    assert found is not None
    assert found.unregistered_at is not None
    assert not Path(runs.installation.settings.recordings / row.key).exists()


def test_the_same_content_again_before_the_partition_is_removed_gets_a_partition_of_its_own(
    runs: Runs, providers: Providers
) -> None:
    row = accepted(runs.installation)
    assert runs.job("intake").success
    runs.installation.store.cancelling.cancel(row.key)
    delete_recording(runs.installation, row.key, "ops")
    again = accepted(runs.installation)
    assert runs.job("intake").success
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == [again.key]
    assert runs.installation.store.registrations.unregistered(10) == []


def compared(runs: Runs) -> tuple[list[str], list[str]]:
    """Compare everything. Returns the partitions that were added and removed."""
    done = compare(runs.instance, runs.installation, None)
    return list(done.added), list(done.removed)


def test_partitions_that_a_person_deleted_are_registered_again_and_others_are_left_alone(
    runs: Runs, providers: Providers
) -> None:
    keys = [accepted(runs.installation, f"{name}.wav").key for name in ("one", "two", "three")]
    assert runs.job("intake").success
    for key in keys[:2]:
        runs.instance.delete_dynamic_partition(RECORDINGS, key)
    runs.instance.add_dynamic_partitions(RECORDINGS, ["typed-by-hand"])
    assert compared(runs) == (sorted(keys[:2]), [])
    assert compared(runs) == ([], [])
    assert set(runs.instance.get_dynamic_partitions(RECORDINGS)) == {*keys, "typed-by-hand"}
    assert materializations(runs) == 3


def test_what_has_no_recording_gets_no_partition(runs: Runs) -> None:
    assert ensure_partitions(runs.instance, runs.installation, ["2026-11-20-gone-00000000"]) == set()
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == []


def test_a_partition_of_a_deleted_recording_that_is_back_is_removed_again(runs: Runs, providers: Providers) -> None:
    row = accepted(runs.installation)
    assert runs.job("intake").success
    runs.installation.store.cancelling.cancel(row.key)
    delete_recording(runs.installation, row.key, "ops")
    assert compared(runs) == ([], []), "it is being cleared with the rest"
    assert runs.job("intake").success
    runs.instance.add_dynamic_partitions(RECORDINGS, [row.key])
    assert compared(runs) == ([], [row.key])
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == []


def test_a_recording_that_cannot_be_registered_delays_no_other_and_is_due_again_later(
    runs: Runs, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = accepted(runs.installation, "bad.wav"), accepted(runs.installation, "good.wav")
    real = registering.register

    def register(context: Any, installation: Installation, row: Recording) -> None:
        if row.key == bad.key:
            raise KeyError("a bug")
        real(context, installation, row)

    tick = Ticks(runs)
    with monkeypatch.context() as bugged:
        bugged.setattr(registering, "register", register)
        assert runs.job("intake").success
        assert runs.instance.get_dynamic_partitions(RECORDINGS) == [good.key]
        assert tick(drop_folder) == ([], None), "not again at once"
        for wait in (1, 2):
            clock.advance(policies.RETRY_BASE_SECONDS * wait + 1)
            assert jobs(tick(drop_folder)[0]) == ["intake"]
            assert runs.job("intake").success
            clock.advance(policies.RETRY_BASE_SECONDS * wait + 1)
            assert tick(drop_folder) == ([], None), "back-off"
    clock.advance(policies.RETRY_MAX_SECONDS)
    assert runs.job("intake").success
    assert set(runs.instance.get_dynamic_partitions(RECORDINGS)) == {bad.key, good.key}
    assert runs.installation.store.registrations.unregistered(10) == []


def test_recordings_that_cannot_be_registered_take_no_places_of_a_batch(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(defs_policies, "REGISTER_BATCH", 2)
    bad = {accepted(runs.installation, f"bad{number}.wav").key for number in range(2)}
    good = accepted(runs.installation, "good.wav")
    real = registering.register

    def register(context: Any, installation: Installation, row: Recording) -> None:
        if row.key in bad:
            raise KeyError("a bug")
        real(context, installation, row)

    monkeypatch.setattr(registering, "register", register)
    for _ in range(2):
        assert runs.job("intake").success
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == [good.key]


def test_a_database_that_is_away_stops_the_registering_of_all(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [accepted(runs.installation, f"{number}.wav").key for number in range(2)]
    tried: list[str] = []

    def register(_context: Any, _installation: Installation, row: Recording) -> None:
        tried.append(row.key)
        raise StoreUnavailable("database_unreachable", "It is away.")

    with monkeypatch.context() as away:
        away.setattr(registering, "register", register)
        assert not runs.job("intake").success
    assert tried == keys[:1]
    assert len(to_register(runs.installation, 10)) == 2, "nothing waits because of it"


def test_a_deleted_recording_that_cannot_be_cleared_delays_no_other_and_is_due_again_later(
    runs: Runs, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [accepted(runs.installation, name) for name in ("bad.wav", "good.wav")]
    assert runs.job("intake").success
    for row in rows:
        runs.installation.store.cancelling.cancel(row.key)
        delete_recording(runs.installation, row.key, "ops")
    real = DagsterRegister.unregister

    def unregister(register: DagsterRegister, key: str) -> None:
        if key == rows[0].key:
            raise KeyError("a bug")
        real(register, key)

    with monkeypatch.context() as bugged:
        bugged.setattr(DagsterRegister, "unregister", unregister)
        assert runs.job("intake").success
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == [rows[0].key]
    assert runs.installation.store.deletions.due(10) == []
    found = runs.installation.store.deleted_recordings.find(rows[0].key)
    assert found is not None
    assert (found.receipt["erasure"]["left"], found.tries) == ("internal_error", 1)
    clock.advance(store_policies.FORGET_FIRST_SECONDS + 1)
    assert runs.job("intake").success
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == []
    found = runs.installation.store.deleted_recordings.find(rows[0].key)
    assert found is not None
    assert "erasure" not in found.receipt


def test_a_partition_that_cannot_be_added_keeps_no_other_from_being_added(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (accepted(runs.installation, f"{name}.wav").key for name in ("bad", "good"))
    assert runs.job("intake").success
    for key in (bad, good):
        runs.instance.delete_dynamic_partition(RECORDINGS, key)
    real = runs.instance.add_dynamic_partitions

    def add(name: str, keys: Sequence[str]) -> None:
        if bad in keys:
            raise ValueError("no such key is taken")
        real(name, keys)

    monkeypatch.setattr(runs.instance, "add_dynamic_partitions", add)
    assert compared(runs) == ([good], [])
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == [good]
