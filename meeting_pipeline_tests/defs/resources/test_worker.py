"""The lease of a run, from its first recording to its end."""

import threading
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from meeting_pipeline import policies
from meeting_pipeline.defs.resources import worker as module
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.heartbeat import beating
from meeting_pipeline.store.recordings.leases import run_of
from meeting_pipeline_tests.installations import TALK, Clock, accepted


def live(installation: Installation) -> list[str]:
    return [found.run_id for found in installation.store.lease_watch.live_workers()]


def test_a_lease_spans_the_steps_of_a_run_and_ends_with_it(installation: Installation) -> None:
    row = accepted(installation, "a.vtt", TALK)
    worker = Worker(installation, "run")
    assert worker.begin(row.key, collecting=True) == "run"
    assert worker.begin(row.key, collecting=False) == "run"
    assert live(installation) == ["run"]
    worker.close()
    assert live(installation) == []


def test_the_heartbeat_keeps_the_lease_alive(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "beating", lambda beat: beating(beat, 0.01))
    worker = Worker(installation, "run")
    worker.begin_batch()
    clock.advance(3600)
    while installation.store.lease_watch.silent_workers():
        pass
    worker.close()


def test_a_part_of_a_batch_has_a_lease_for_as_long_as_it_takes(installation: Installation) -> None:
    row = accepted(installation, "a.vtt", TALK)
    worker = Worker(installation, "run")
    worker.begin_batch()
    with worker.one_of_batch(row.key, 3) as lease:
        assert sorted(live(installation)) == ["run", lease]
        assert run_of(lease) == "run"
    assert live(installation) == ["run"]
    worker.close()


def test_a_part_of_a_batch_beats_with_the_batch(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "beating", lambda beat: beating(beat, 0.01))
    row = accepted(installation, "a.vtt", TALK)
    worker = Worker(installation, "run")
    worker.begin_batch()
    with worker.one_of_batch(row.key, 0):
        clock.advance(3600)
        while installation.store.lease_watch.silent_workers():
            pass
    worker.close()


def test_a_batch_that_was_declared_dead_starts_on_nothing_more(installation: Installation) -> None:
    row = accepted(installation, "a.vtt", TALK)
    worker = Worker(installation, "run")
    worker.begin_batch()
    installation.store.lease_watch.fence_lease("run")
    with pytest.raises(WorkerFenced), worker.one_of_batch(row.key, 0):
        pytest.fail("it went on")
    worker.close()


def test_a_worker_that_may_be_taken_for_dead_soon_starts_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(module, "beating", lambda beat: nullcontext())
    worker = Worker(installation, "run")
    assert not worker.may_start()
    worker.begin_batch()
    assert worker.may_start()
    now[0] += policies.WORKER_SILENCE_SECONDS
    assert not worker.may_start(), "its heartbeat was not noted"
    worker._beat()
    assert worker.may_start()
    installation.store.lease_watch.fence_lease("run")
    worker._beat()
    assert not worker.may_start(), "its lease was taken away"
    worker.close()


def test_a_fenced_worker_renews_its_leases_until_it_has_ended(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for it must not take it for dead while it waits for an answer."""
    monkeypatch.setattr(module, "beating", lambda beat: nullcontext())
    lease_watch, key = installation.store.lease_watch, accepted(installation, "a.vtt", TALK).key
    worker = Worker(installation, "run")
    worker.begin_batch()
    with worker.one_of_batch(key, 0) as part:
        for lease in ("run", part):
            lease_watch.fence_lease(lease)
        for _ in range(3):
            clock.advance(policies.LEASE_SECONDS - 1)
            worker._beat()
            assert lease_watch.silent_workers() == []
        assert not worker.may_start()
        assert sorted(found.run_id for found in lease_watch.alive_workers()) == ["run", part]
    assert [found.run_id for found in lease_watch.alive_workers()] == ["run"]
    worker.close()
    assert lease_watch.alive_workers() == []


def test_a_lease_that_was_just_taken_is_fresh(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(module, "beating", lambda beat: nullcontext())
    key = accepted(installation).key
    worker = Worker(installation, "run")
    worker.begin(key, collecting=True)
    assert worker.may_start()
    now[0] += policies.WORKER_SILENCE_SECONDS
    worker.begin(key, collecting=False)
    assert not worker.may_start(), "a later step of the run does not renew the lease"
    worker.close()


def test_a_person_who_stops_the_run_is_heard_with_the_next_heartbeat(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "beating", lambda beat: beating(beat, 0.01))
    row = accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    stopped = threading.Event()
    worker = Worker(installation, "run", request=1, is_cancelled=stopped.is_set)
    worker.begin(row.key, collecting=True)
    assert installation.store.leases.holds("run")
    stopped.set()
    while installation.store.leases.holds("run"):
        pass
    now = installation.store.recordings.get(row.key)
    assert (now.status, now.error_code) == ("failed", "cancelled")
    worker.close()


def test_a_run_that_ends_because_a_person_stopped_it_ends_its_recording(installation: Installation) -> None:
    row = accepted(installation, "a.vtt", TALK)
    worker = Worker(installation, "run", is_cancelled=lambda: True)
    worker.begin(row.key, collecting=True)
    worker.close()
    assert installation.store.recordings.get(row.key).error_code == "cancelled"
    assert live(installation) == []


def test_a_worker_that_was_declared_dead_cannot_go_on(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.begin(row.key, "run", collecting=True)
    clock.advance(3600)
    [silent] = installation.store.lease_watch.silent_workers()
    installation.store.lease_watch.revoke_silent_lease(silent)
    with pytest.raises(WorkerFenced):
        Worker(installation, "run").begin(row.key, collecting=True)
