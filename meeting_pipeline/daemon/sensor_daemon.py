"""The sensor daemon: evaluates all sensors every few seconds, and a woken one at once.

Dagster's own loop sleeps a fixed 5 s between evaluations. This one is otherwise the same: the same function evaluates a sensor,
one tick of a sensor is in flight at a time, and every tick is recorded.
Must not go here: who wakes a sensor, and why (``waker.py``).
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.daemon import policies
from meeting_pipeline.daemon.wake_up import WakeUp
from meeting_pipeline.dagster_internals import (
    SensorDaemon,
    execute_sensor_iteration,
)

if TYPE_CHECKING:
    from meeting_pipeline.dagster_internals import DaemonIterator, IWorkspaceProcessContext

_ASLEEP: Final[Future[None]] = Future()
"""Dagster's function skips a sensor whose last tick is still in flight. This one never ends: it stands for a sensor that is not
to be evaluated now."""


class WokenSensorDaemon(SensorDaemon):
    """``evaluated`` is called after each tick: it may have requested runs."""

    def __init__(self, settings: Mapping[str, Any], wake_up: WakeUp, evaluated: Callable[[], None]) -> None:
        super().__init__(settings)
        self._wake_up = wake_up
        self._evaluated = evaluated
        self._ticks: dict[str, Future[Any]] = {}

    def core_loop(
        self, workspace_process_context: "IWorkspaceProcessContext[Any]", shutdown_event: threading.Event
    ) -> "DaemonIterator":
        """Evaluate sensors until the daemon stops. Yields often, so that Dagster can write its heartbeat.

        Dagster logs an error, waits, and calls this again.
        """
        all_at = time.monotonic()
        while True:
            names = None
            if time.monotonic() < all_at:
                names = self._wake_up.take(all_at - time.monotonic(), shutdown_event)
            if not names:
                all_at, names = time.monotonic() + policies.ALL_SENSORS_SECONDS, None
            yield from self._evaluate(workspace_process_context, names)
            yield None

    def _evaluate(self, context: "IWorkspaceProcessContext[Any]", names: frozenset[str] | None) -> "DaemonIterator":
        """Start ticks of the sensors with these names; of all for ``None``."""
        asleep = {} if names is None else dict.fromkeys(_selectors(context, but=names), _ASLEEP)
        given: dict[str, Future[Any]] = {**self._ticks, **asleep}
        yield from execute_sensor_iteration(
            context,
            self._logger,
            threadpool_executor=self._threadpool_executor,
            submit_threadpool_executor=self._submit_threadpool_executor,
            sensor_tick_futures=given,
        )
        for selector, tick in given.items():
            if tick is not _ASLEEP and self._ticks.get(selector) is not tick:
                self._ticks[selector] = tick
                tick.add_done_callback(lambda _: self._evaluated())


def _selectors(context: "IWorkspaceProcessContext[Any]", *, but: frozenset[str]) -> Iterator[str]:
    """The selector ids of all sensors except those with these names."""
    for entry in context.create_request_context().get_code_location_entries().values():
        for repository in entry.code_location.get_repositories().values() if entry.code_location else ():
            yield from (sensor.selector_id for sensor in repository.get_sensors() if sensor.name not in but)
