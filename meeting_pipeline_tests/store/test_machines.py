"""Machines announce themselves in the database, and others see which are there, how busy, and how far clocks are apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.store import policies
from meeting_pipeline.store.machines import CONTROL, SHUTTING_DOWN, WORKER, Machine, Machines
from meeting_pipeline.store.recordings.leases import WORKER_NAME_VARIABLE
from meeting_pipeline.store.restored import settle_restored
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import BESIDE, Clock

UP = Machine("control", CONTROL, "hq", "q-recordings", 6, "1.0", "0040-a", "key", "secret")
ONE = Machine("one-17", WORKER, "one", "q-recordings", 2, "1.0", "0040-a", "key", "secret")
TWO = replace(ONE, name="two-18", host="two", slots=4)


def names(store: Store) -> list[str]:
    return [one.machine.name for one in store.machines.all()]


def test_without_machines_there_are_none(store: Store) -> None:
    assert store.machines.all() == []
    assert store.machines.control() is None


def test_the_machine_with_up_is_first_and_told_to_each_worker(store: Store) -> None:
    assert store.machines.announce(TWO) is None
    told = store.machines.announce(UP)
    assert told is not None
    assert told.machine == UP
    told = store.machines.announce(ONE)
    assert told is not None
    assert told.machine == UP
    assert names(store) == ["control", "one-17", "two-18"]
    assert [one.machine for one in store.machines.all()] == [UP, ONE, TWO]


def test_announcing_again_renews_and_changes_the_row(store: Store, clock: Clock) -> None:
    store.machines.announce(ONE, begins=True)
    [before] = store.machines.all()
    clock.advance(20)
    store.machines.announce(replace(ONE, state=SHUTTING_DOWN))
    [after] = store.machines.all()
    assert after.machine.state == SHUTTING_DOWN
    assert after.started_at == before.started_at
    assert after.heard_at - before.heard_at == timedelta(seconds=20)
    store.machines.announce(ONE, begins=True)
    [again] = store.machines.all()
    assert again.started_at == after.heard_at, "another process has taken the name"


def test_a_machine_is_silent_when_its_runs_go_to_others_and_forgotten_later(store: Store, clock: Clock) -> None:
    store.machines.announce(ONE)
    clock.advance(shared_policies.LEASE_SECONDS)
    assert [one.silent for one in store.machines.all()] == [False]
    clock.advance(1)
    assert [one.silent for one in store.machines.all()] == [True]
    store.machines.announce(TWO)
    assert names(store) == ["one-17", "two-18"]
    clock.advance(-2 * shared_policies.LEASE_SECONDS)
    assert [one.silent for one in store.machines.all()] == [False, True], "the clock of the database was set back"
    clock.advance(2 * shared_policies.LEASE_SECONDS)
    clock.advance(policies.MACHINE_KEPT_SECONDS)
    store.machines.announce(TWO)
    assert names(store) == ["two-18"]


def test_a_restored_database_knows_no_machines_of_the_system_that_was_backed_up(store: Store) -> None:
    store.machines.announce(UP)
    settle_restored(store.database, BESIDE)
    assert store.machines.all() == []


def test_a_machine_that_stops_goes_at_once(store: Store) -> None:
    store.machines.announce(ONE)
    store.machines.announce(TWO)
    store.machines.withdraw(ONE.name, ONE.host)
    store.machines.withdraw(ONE.name, ONE.host)  # repeated after a lost answer
    assert names(store) == ["two-18"]


def test_busy_slots_are_the_runs_that_a_worker_has_claimed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.machines.announce(ONE)
    store.machines.announce(TWO)
    for worker, runs in ((ONE, ("a", "b")), (TWO, ("c",))):
        monkeypatch.setenv(WORKER_NAME_VARIABLE, worker.name)
        for run in runs:
            store.leases.claim_task(run)
            store.leases.begin_batch(run)  # the lease of the run itself does not count again
    assert [one.busy for one in store.machines.all()] == [2, 1]
    store.leases.end("a/task")
    assert [one.busy for one in store.machines.all()] == [1, 1]


@pytest.mark.parametrize("seconds", [90.0, -90.0, 0.25, -56 * 365 * 86400.0])
def test_the_distance_of_clocks_is_kept_however_large(store: Store, clock: Clock, seconds: float) -> None:
    machines = Machines(store.context, lambda: clock() + timedelta(seconds=seconds))
    machines.announce(ONE)
    assert [one.clock_s for one in machines.all()] == [seconds]


def test_a_machine_whose_clock_is_90_s_behind_is_not_silent(store: Store, clock: Clock) -> None:
    Machines(store.context, lambda: clock() - timedelta(seconds=90)).announce(ONE)
    assert [one.silent for one in store.machines.all()] == [False]


def test_a_machine_that_died_before_the_clock_was_set_back_is_forgotten(store: Store, clock: Clock) -> None:
    clock.advance(365 * 86400)
    store.machines.announce(ONE)
    clock.advance(-365 * 86400)
    assert [one.silent for one in store.machines.all()] == [True]
    store.machines.announce(TWO)
    assert names(store) == ["two-18"]


def test_a_machine_that_stops_late_leaves_the_one_that_has_taken_its_name(store: Store) -> None:
    store.machines.announce(UP)
    elsewhere = replace(UP, host="another")
    store.machines.announce(elsewhere, begins=True)
    store.machines.withdraw(UP.name, UP.host)
    assert [one.machine for one in store.machines.all()] == [elsewhere]
