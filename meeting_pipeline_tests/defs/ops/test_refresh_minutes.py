"""The job ``refresh_minutes``, run by Dagster."""

from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.ops import refresh_minutes
from meeting_pipeline.defs.sensors.results_changed import results_changed
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, jobs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, accepted


def reprocessed(runs: Runs, providers: Providers, *names: str) -> list[Recording]:
    """Completed recordings whose summary was first missing, and then extracted by a second run."""
    rows = []
    for name in names:
        row = accepted(runs.installation, name, TALK.replace("Good morning", f"Good morning {name}"))
        providers.fault("POST /v1/responses", "status", status=400, insight="summary")
        runs.recording(row.key)
        runs.recording(row.key, selection=["summary"], automatic=False)
        rows.append(row)
    return rows


def test_changed_recordings_are_written_again_in_one_run(runs: Runs, providers: Providers, clock: Clock) -> None:
    rows = reprocessed(runs, providers, "a.vtt", "b.vtt")
    clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)
    ran = runs.job("refresh_minutes")
    assert ran.success
    assert len(ran.result.get_asset_materialization_events()) == 2
    assert runs.installation.store.results.changed(10) == []
    assert runs.installation.store.lease_watch.live_workers() == []
    assert [runs.installation.store.recordings.get(row.key).changed_at for row in rows] == [None, None]


def test_a_bug_met_by_one_recording_holds_up_no_other_and_fails_the_run(
    runs: Runs, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = reprocessed(runs, providers, "a.vtt", "b.vtt")
    clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)

    def finish_others(installation: Installation, key: str, lease: str) -> Any:
        if key == bad.key:
            raise KeyError("a bug")
        return finish(installation, key, lease)

    monkeypatch.setattr(refresh_minutes, "finish", finish_others)
    assert not runs.job("refresh_minutes").success
    assert runs.installation.store.results.changed(10) == [bad.key]
    assert runs.installation.store.recordings.get(good.key).changed_at is None


def test_recordings_that_always_fail_take_no_places_and_come_later(
    runs: Runs, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = reprocessed(runs, providers, "a.vtt", "b.vtt")
    clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)
    monkeypatch.setattr(defs_policies, "REFRESH_BATCH", 1)

    def finish_others(installation: Installation, key: str, lease: str) -> Any:
        if key == bad.key:
            raise PermanentError("no_transcript", "It cannot be rendered.")
        return finish(installation, key, lease)

    tick = Ticks(runs)
    with monkeypatch.context() as failing:
        failing.setattr(refresh_minutes, "finish", finish_others)
        for _ in range(2):
            assert runs.job("refresh_minutes").success
        assert runs.installation.store.recordings.get(good.key).changed_at is None
        assert "refresh_minutes" not in jobs(tick(results_changed)[0])
        clock.advance(policies.RETRY_BASE_SECONDS + 1)
        assert "refresh_minutes" in jobs(tick(results_changed)[0])
        assert runs.job("refresh_minutes").success
    with runs.installation.store.database.write() as session:  # as when a person names a speaker
        row = session.get(Recording, bad.key)
        assert row is not None
        row.changed_at = clock()
    clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)
    assert runs.job("refresh_minutes").success
    assert runs.installation.store.recordings.get(bad.key).changed_at is None, "what changed is tried at once"
