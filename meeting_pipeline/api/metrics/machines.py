"""Metrics of each worker of an installation with a broker; there are none without one.

Names of workers contain the id of a process, so a restarted worker is a different one; the old row is removed after an hour.
Must not go here: queries (``store/machines.py``).
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from meeting_pipeline.api.metrics.store import PREFIX
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.machines import CONTROL, Machines, SeenMachine

_log = logging.getLogger(__name__)
_GAUGES: Final[tuple[tuple[str, str, Callable[[SeenMachine], float]], ...]] = (
    ("worker_up", "Whether a worker has announced itself within 30 s.", lambda one: 0.0 if one.silent else 1.0),
    ("worker_slots", "Runs that a worker executes at the same time.", lambda one: one.machine.slots),
    ("worker_slots_busy", "Runs that a worker executes now.", lambda one: one.busy),
)
_CLOCK: Final = "machine_clock_ahead_seconds"
_CLOCK_TEXT: Final = "How far a machine's clock is ahead of the database's."


class MachinesCollector(Collector):
    """Asks the store at each scrape: one small table."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines

    def describe(self) -> Iterable[Metric]:
        """Registering it runs no queries."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics."""
        try:
            seen = self._machines.all()
        except StoreUnavailable as error:
            _log.warning("no metrics of machines: %s", error.code)
            return
        for name, text, number in _GAUGES:
            gauge = GaugeMetricFamily(f"{PREFIX}{name}", text, labels=("worker", "queue"))
            for one in seen:
                if one.machine.role != CONTROL:
                    gauge.add_metric((one.machine.name, one.machine.queue), number(one))
            yield gauge
        clock = GaugeMetricFamily(f"{PREFIX}{_CLOCK}", _CLOCK_TEXT, labels=("machine",))
        for one in seen:
            clock.add_metric((one.machine.name,), one.clock_s)
        yield clock
