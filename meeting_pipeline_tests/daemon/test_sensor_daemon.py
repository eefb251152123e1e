"""The loop that evaluates sensors: all of them regularly, a woken one at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from meeting_pipeline.daemon import policies, sensor_daemon
from meeting_pipeline.daemon.sensor_daemon import WokenSensorDaemon
from meeting_pipeline.daemon.wake_up import WakeUp

SENSORS = ("one", "two", "three")


class Evaluations:
    """Stands for Dagster's function: starts a tick of each sensor that is not in flight, and remembers which."""

    def __init__(self) -> None:
        self.ticked: list[list[str]] = []
        self.ticks: dict[str, Future[None]] = {}
        self.too_early: set[str] = set()
        self.error: Exception | None = None

    def __call__(self, *_: Any, sensor_tick_futures: dict[str, Future[None]], **__: Any) -> Iterator[None]:
        asked = [name for name in SENSORS if name not in sensor_tick_futures or sensor_tick_futures[name].done()]
        free = [name for name in asked if name not in self.too_early]
        self.ticked.append(free)
        self.ticks = {name: Future() for name in free}
        sensor_tick_futures.update(self.ticks)
        yield
        if self.error is not None:
            raise self.error

    def end(self) -> None:
        for tick in self.ticks.values():
            tick.set_result(None)


def context() -> Any:
    """A workspace with one location, whose sensors are selected by their names."""
    sensors = [SimpleNamespace(name=name, selector_id=name) for name in SENSORS]
    repository = SimpleNamespace(get_sensors=lambda: sensors)
    loaded = SimpleNamespace(code_location=SimpleNamespace(get_repositories=lambda: {"all": repository}))
    broken = SimpleNamespace(code_location=None)
    request = SimpleNamespace(get_code_location_entries=lambda: {"broken": broken, "loaded": loaded})
    return SimpleNamespace(create_request_context=lambda: request)


@pytest.fixture
def evaluations(monkeypatch: pytest.MonkeyPatch) -> Evaluations:
    found = Evaluations()
    monkeypatch.setattr(sensor_daemon, "execute_sensor_iteration", found)
    return found


def turn(loop: Iterator[object]) -> None:
    """One evaluation: a yield of the function, and one of the loop."""
    next(loop)
    next(loop)


def test_all_sensors_first_then_only_those_that_are_woken(evaluations: Evaluations) -> None:
    wake_up, evaluated = WakeUp(), list[None]()
    loop = WokenSensorDaemon({}, wake_up, lambda: evaluated.append(None)).core_loop(context(), threading.Event())
    turn(loop)
    evaluations.end()
    assert len(evaluated) == len(SENSORS)
    wake_up.call({"two"})
    turn(loop)
    evaluations.end()
    assert evaluations.ticked == [["one", "two", "three"], ["two"]]
    assert len(evaluated) == len(SENSORS) + 1


def test_a_sensor_that_was_woken_too_early_is_tried_once_more(
    evaluations: Evaluations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "WAKE_FIRST_SECONDS", 0.01)
    wake_up = WakeUp()
    loop = WokenSensorDaemon({}, wake_up, lambda: None).core_loop(context(), threading.Event())
    turn(loop)
    evaluations.end()
    evaluations.too_early = {"two"}
    wake_up.call({"two"})
    turn(loop)
    evaluations.too_early = set()
    turn(loop)
    assert evaluations.ticked[1:] == [[], ["two"]]


def test_a_daemon_that_stops_starts_no_tick(evaluations: Evaluations) -> None:
    stopped = threading.Event()
    loop = WokenSensorDaemon({}, WakeUp(), lambda: None).core_loop(context(), stopped)
    turn(loop)
    stopped.set()
    next(loop)
    assert len(evaluations.ticked) == 1


def test_a_tick_in_flight_is_remembered_after_an_error(evaluations: Evaluations) -> None:
    daemon = WokenSensorDaemon({}, WakeUp(), lambda: None)
    evaluations.error = RuntimeError("half way")
    with pytest.raises(RuntimeError):
        turn(daemon.core_loop(context(), threading.Event()))
    evaluations.error = None
    turn(daemon.core_loop(context(), threading.Event()))  # Dagster calls it again
    assert evaluations.ticked == [list(SENSORS), []]


def test_a_woken_sensor_whose_tick_is_in_flight_is_left_alone(evaluations: Evaluations) -> None:
    wake_up = WakeUp()
    loop = WokenSensorDaemon({}, wake_up, lambda: None).core_loop(context(), threading.Event())
    turn(loop)
    wake_up.call({"two"})
    turn(loop)
    assert evaluations.ticked[1] == []


def test_without_a_wake_up_all_are_evaluated_after_the_interval(
    evaluations: Evaluations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "ALL_SENSORS_SECONDS", 0.01)
    loop = WokenSensorDaemon({}, WakeUp(), lambda: None).core_loop(context(), threading.Event())
    for _ in range(2):
        turn(loop)
        evaluations.end()
    assert evaluations.ticked == [list(SENSORS)] * 2


def test_a_resting_sensor_is_evaluated_now_and_then_and_when_it_is_woken(
    evaluations: Evaluations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "ALL_SENSORS_SECONDS", 0.0)
    now = [0.0]
    monkeypatch.setattr("meeting_pipeline.daemon.sensor_daemon.time.monotonic", lambda: now[0])
    wake_up = WakeUp()
    daemon = WokenSensorDaemon({}, wake_up, lambda: None, lambda names: names & {"one", "two"})
    loop = daemon.core_loop(context(), threading.Event())
    while now[0] <= policies.RESTING_SECONDS:
        if now[0] == 3:
            wake_up.call({"two"})
        turn(loop)
        evaluations.end()
        now[0] += 1
    everybody, others = ["one", "two", "three"], ["three"]
    assert evaluations.ticked[:5] == [everybody, others, others, ["two", "three"], others]
    assert evaluations.ticked[-2:] == [others, everybody]


def test_nobody_is_asked_for_sensors_that_all_rest(evaluations: Evaluations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "ALL_SENSORS_SECONDS", 0.0)
    now = [0.0]
    monkeypatch.setattr("meeting_pipeline.daemon.sensor_daemon.time.monotonic", lambda: now[0])
    daemon = WokenSensorDaemon({}, WakeUp(), lambda: None, lambda names: names)
    loop = daemon.core_loop(context(), threading.Event())
    turn(loop)
    evaluations.end()
    for _ in range(3):
        now[0] += 1
        next(loop)
    assert evaluations.ticked == [list(SENSORS)]
    now[0] += policies.RESTING_SECONDS
    turn(loop)
    assert evaluations.ticked == [list(SENSORS)] * 2
