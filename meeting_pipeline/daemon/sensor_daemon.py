"""The sensor daemon: evaluates all sensors every few seconds, and a woken one at once.

Dagster's own loop sleeps a fixed 5 s between evaluations. This one is otherwise the same: the same function evaluates a sensor,
one tick of a sensor is in flight at a time, and every tick is recorded.
Must not go here: who wakes a sensor, and why (``waker.py``).
"""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.daemon import policies
from meeting_pipeline.daemon.wake_up import WakeUp
from meeting_pipeline.dagster_internals import (
    SensorDaemon,
    execute_sensor_iteration,
)

if TYPE_CHECKING:
    from dagster_shared.error import SerializableErrorInfo

    from meeting_pipeline.dagster_internals import (
        DaemonIterator,
        IWorkspaceProcessContext,
        SpanMarker,
    )

_ASLEEP: Final[Future[None]] = Future()
"""Dagster's function skips a sensor whose last tick is still in flight. This one never ends: it represents a sensor that must
not be evaluated now. It needs ``sensors.use_threads`` in ``dagster.yaml``: without threads, a wake-up evaluates all sensors."""


class WokenSensorDaemon(SensorDaemon):
    """``evaluated`` is called after each tick: it may have requested runs. ``resting``: which of these have nothing to do."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        wake_up: WakeUp,
        evaluated: Callable[[], None],
        resting: Callable[[frozenset[str]], frozenset[str]] = lambda _: frozenset(),
    ) -> None:
        super().__init__(settings)
        self._wake_up = wake_up
        self._evaluated = evaluated
        self._resting = resting
        self._ticks: dict[str, Future[Any]] = {}

    def core_loop(
        self, workspace_process_context: "IWorkspaceProcessContext[Any]", shutdown_event: threading.Event
    ) -> "DaemonIterator":
        """Evaluate sensors until the daemon stops. Yields often, so that Dagster can write its heartbeat.

        Dagster logs an error, waits, and calls this again.
        """
        all_at, rested_at, late = time.monotonic(), time.monotonic(), frozenset[str]()
        while True:
            wait = min(all_at - time.monotonic(), policies.WAKE_FIRST_SECONDS if late else policies.ALL_SENSORS_SECONDS)
            called = self._wake_up.take(max(0.0, wait), shutdown_event)
            if shutdown_event.is_set():
                yield None
                continue
            if (now := time.monotonic()) >= all_at:
                all_at = now + policies.ALL_SENSORS_SECONDS
                names = frozenset(_names(workspace_process_context).values())
                resting = self._resting(names) - called - late if now < rested_at else frozenset()
                rested_at = rested_at if resting else now + policies.RESTING_SECONDS
                late = frozenset()
                if names - resting or not names:  # Dagster reads all their states even if every one is asleep
                    yield from self._evaluate(workspace_process_context, None, resting)
            elif called or late:
                # Dagster skips a sensor that ticked less than a second ago, or is ticking: it is tried once more.
                started = yield from self._evaluate(workspace_process_context, called | late)
                late = called - started
            yield None

    def _evaluate(
        self,
        context: "IWorkspaceProcessContext[Any]",
        names: frozenset[str] | None,
        resting: frozenset[str] = frozenset(),
    ) -> Generator["SerializableErrorInfo | SpanMarker | None", None, frozenset[str]]:
        """Start ticks of the sensors with these names; of all but ``resting`` for ``None``.

        Returns the names of those that tick now.
        """
        name_of = _names(context)
        awake = (set(name_of.values()) if names is None else names) - resting
        asleep = (selector for selector, name in name_of.items() if name not in awake)
        given: dict[str, Future[Any]] = {**self._ticks, **dict.fromkeys(asleep, _ASLEEP)}
        started: set[str] = set()
        try:
            yield from execute_sensor_iteration(
                context,
                self._logger,
                threadpool_executor=self._threadpool_executor,
                submit_threadpool_executor=self._submit_threadpool_executor,
                sensor_tick_futures=given,
            )
        finally:  # also after an error: a tick that was started is in flight
            for selector, tick in given.items():
                if tick is not _ASLEEP and self._ticks.get(selector) is not tick:
                    self._ticks[selector] = tick
                    started.add(name_of.get(selector, ""))
                    tick.add_done_callback(lambda _: self._evaluated())
        return frozenset(started)


def _names(context: "IWorkspaceProcessContext[Any]") -> dict[str, str]:
    """Selector id -> name of each sensor."""
    return {
        sensor.selector_id: sensor.name
        for entry in context.create_request_context().get_code_location_entries().values()
        for repository in (entry.code_location.get_repositories().values() if entry.code_location else ())
        for sensor in repository.get_sensors()
    }
