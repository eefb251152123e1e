"""A run that a queue gives to several workers is executed by one, whose row says whether it lives."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from meeting_pipeline import policies
from meeting_pipeline.store.recordings.leases import WORKER_NAME_VARIABLE, run_of
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.installations import Clock


def test_a_run_is_claimed_once_even_after_its_worker_has_ended(store: Store) -> None:
    lease = store.leases.claim_task("run")
    assert lease is not None
    assert run_of(lease) == "run"
    assert store.leases.claim_task("run") is None
    store.leases.end(lease)
    assert store.leases.claim_task("run") is None, "a task that is delivered late executes nothing"
    assert store.leases.claim_task("other") is not None


def test_of_many_workers_at_once_one_claims_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: store.leases.claim_task("run"), range(16)))
    assert len([lease for lease in claimed if lease is not None]) == 1


def test_a_claim_gives_signs_of_life_for_as_long_as_it_is_renewed(store: Store, clock: Clock) -> None:
    lease = store.leases.claim_task("run")
    assert lease is not None
    assert store.leases.tasks(["run", "unclaimed"]) == {"run": True}
    clock.advance(policies.LEASE_SECONDS - 1)
    store.leases.heartbeat(lease)
    clock.advance(policies.LEASE_SECONDS - 1)
    assert store.leases.tasks(["run"]) == {"run": True}
    clock.advance(2)
    assert store.leases.tasks(["run"]) == {"run": False}
    assert [worker.run_id for worker in store.lease_watch.silent_workers()] == [lease]


def test_a_stop_marks_the_leases_of_the_worker_of_that_name_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.leases.begin_batch("of-the-host")
    monkeypatch.setenv(WORKER_NAME_VARIABLE, "one-17")
    store.leases.claim_task("of-one")
    monkeypatch.setenv(WORKER_NAME_VARIABLE, "two-18")
    store.leases.claim_task("of-two")
    store.leases.stopped("one-17")
    assert [run_of(worker.run_id) for worker in store.lease_watch.stopped_workers()] == ["of-one"]
    assert {run_of(worker.run_id) for worker in store.lease_watch.alive_workers()} == {"of-the-host", "of-two"}
