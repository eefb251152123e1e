"""A machine announces itself for as long as it runs, and a worker that no longer belongs to the others stops."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.launching import policies
from meeting_pipeline.launching.presence import Presence, require_alone
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.machines import CONTROL, SHUTTING_DOWN, WORKER, Machine, Machines
from meeting_pipeline.store.store import Store

UP = Machine("control", CONTROL, "hq", "q-recordings", 6, "1.0", "0040-a", "key", "secret")
ONE = Machine("one-17", WORKER, "one", "q-recordings", 2, "1.0", "0040-a", "key", "secret")
LONG_S = 300.0


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "ANNOUNCE_SECONDS", 0.02)
    monkeypatch.setattr(policies, "LAUNCH_REAP_SECONDS", 0.02)


@pytest.fixture
def store(installation: Installation) -> Iterator[Store]:
    """The store with the clock of the database, as the other processes have it."""
    opened = open_installation(installation.settings, migrate=False)
    yield opened.store
    opened.store.close()


@pytest.fixture
def settings(installation: Installation) -> Settings:
    return installation.settings


def states(store: Store) -> list[tuple[str, str]]:
    return [(one.machine.name, one.machine.state) for one in store.machines.all()]


def test_a_machine_is_shown_while_it_runs_with_its_state(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, announce = threading.Event(), Machines.announce

    def hear(machines: Machines, machine: Machine, **more: Any) -> Any:
        told = announce(machines, machine, **more)
        if machine.state == SHUTTING_DOWN:
            heard.set()
        return told

    monkeypatch.setattr(Machines, "announce", hear)
    there = Presence(settings, ONE)
    with there.shown():
        there.change(SHUTTING_DOWN)
        assert heard.wait(LONG_S)
        assert states(store) == [("one-17", SHUTTING_DOWN)]
    assert states(store) == []
    assert there.difference is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"code": "0041-b"}, "other_code"),
        ({"encryption_key": "other"}, "wrong_encryption_key"),
        ({"signing_secret": "other"}, "wrong_signing_secret"),
    ],
)
def test_a_worker_stops_when_up_was_started_with_something_else(
    store: Store, settings: Settings, changed: dict[str, str], code: str
) -> None:
    store.machines.announce(UP)
    there, stopped = Presence(settings, ONE), threading.Event()
    calls: list[str] = []

    def stop() -> None:
        calls.append("stop")
        stopped.set()

    with there.shown(on_difference=stop):
        store.machines.announce(replace(UP, **changed))  # type: ignore[arg-type]
        assert stopped.wait(LONG_S)
        there.change(SHUTTING_DOWN)  # it is announced until it has stopped
    assert there.difference is not None
    assert there.difference.code == code
    assert len(calls) == 1


def test_a_worker_goes_on_while_up_is_away(store: Store, settings: Settings) -> None:
    there = Presence(settings, ONE)
    assert not there.check(store.machines)
    store.machines.announce(UP)
    assert not there.check(store.machines)
    store.machines.withdraw(UP.name, UP.host)
    assert not there.check(store.machines)
    assert there.difference is None


def test_the_machine_with_up_is_compared_with_nobody(store: Store, settings: Settings) -> None:
    store.machines.announce(replace(UP, code="older"))
    there = Presence(settings, UP)
    assert not there.check(store.machines)
    assert there.difference is None


def test_an_up_that_was_replaced_while_it_was_frozen_stops_and_leaves_the_row_alone(
    store: Store, settings: Settings
) -> None:
    frozen, stopped = Presence(settings, UP), threading.Event()
    assert not frozen.check(store.machines)
    assert not frozen.check(store.machines)
    store.machines.announce(replace(UP, host="other"), begins=True)
    with frozen.shown(on_difference=stopped.set):
        assert stopped.wait(LONG_S)
    assert frozen.difference is not None
    assert frozen.difference.code == "running_elsewhere"
    assert "runs on other" in frozen.difference.message
    assert [one.machine.host for one in store.machines.all()] == ["other"]


def test_an_up_that_was_replaced_on_a_machine_of_the_same_name_stops_too(store: Store, settings: Settings) -> None:
    frozen, stopped = Presence(settings, UP), threading.Event()
    frozen.check(store.machines)
    store.machines.announce(UP, begins=True)
    with frozen.shown(on_difference=stopped.set):
        assert stopped.wait(LONG_S)
    assert states(store) == [("control", "working")], "not withdrawn: it is that of the other one"


def test_an_up_takes_its_place_again_if_the_one_that_replaced_it_is_silent(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = Presence(settings, UP)
    frozen.check(store.machines)
    store.machines.announce(replace(UP, host="other"), begins=True)
    with monkeypatch.context() as patch:
        patch.setattr("meeting_pipeline.policies.LEASE_SECONDS", -1.0)
        assert not frozen.check(store.machines)
    assert not frozen.check(store.machines)
    assert [one.machine.host for one in store.machines.all()] == ["hq"]


def test_an_up_whose_row_has_gone_announces_itself_again(store: Store, settings: Settings) -> None:
    there = Presence(settings, UP)
    there.check(store.machines)
    store.machines.withdraw(UP.name, UP.host)
    assert not there.check(store.machines)
    assert not there.check(store.machines)
    assert states(store) == [("control", "working")]


def test_a_database_that_is_away_stops_no_machine(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answered, announce, tries = threading.Event(), Machines.announce, []

    def sometimes(machines: Machines, machine: Machine, **more: Any) -> Any:
        tries.append(1)
        if len(tries) < 4:
            raise StoreUnavailable("database_unreachable", "The database does not respond.", "Start it.")
        told = announce(machines, machine, **more)
        answered.set()
        return told

    monkeypatch.setattr(Machines, "announce", sometimes)
    with Presence(settings, ONE).shown():
        assert answered.wait(LONG_S)
    said = [record.getMessage() for record in caplog.records if "announced" in record.getMessage()]
    assert said == ["this machine cannot be announced: database_unreachable"], "said once, not every ten seconds"


def test_up_starts_where_nobody_else_runs_it(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    require_alone(settings)
    store.machines.announce(UP)
    monkeypatch.setattr("socket.gethostname", lambda: "hq")
    require_alone(settings)  # its own row, of a process that was killed


def test_a_second_up_on_another_machine_is_refused(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.machines.announce(UP)

    def meanwhile(_seconds: float) -> None:
        store.machines.announce(UP)

    monkeypatch.setattr("time.sleep", meanwhile)
    with pytest.raises(OperatorError) as caught:
        require_alone(settings)
    assert caught.value.code == "running_elsewhere"
    assert "runs on hq" in caught.value.message


def test_an_up_that_died_on_another_machine_is_waited_for(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.machines.announce(UP)
    looks: list[float] = []

    def gone(seconds: float) -> None:
        looks.append(seconds)
        assert len(looks) <= 3
        if len(looks) == 3:
            monkeypatch.setattr("meeting_pipeline.policies.LEASE_SECONDS", -1.0)  # it counts as silent from now on

    monkeypatch.setattr("time.sleep", gone)
    require_alone(settings)
    assert len(looks) == 3
