"""Metrics from outside the store: Dagster's daemons and sensors as its UI reports them, disk, drop folder and version.

A value that is unknown is omitted, not wrong: an outdated tick age would look like a current one. Must not go here: queries of
the UI (``foundation/dagster_api.py``).
"""

import logging
import platform
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from meeting_pipeline.api import policies
from meeting_pipeline.api.metrics.store import PREFIX
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.dagster_api import DagsterApi, SystemState
from meeting_pipeline.foundation.disk_space import files_that_fit
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.intake.left_out import REASONS, left_behind
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.supervisor.health import Health, noted_health

_log = logging.getLogger(__name__)


class SystemCollector(Collector):
    """Queries the UI of the system that runs on this home, at most once every ``UI_METRICS_FRESH_SECONDS``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._found: SystemState | None = None
        self._found_at = float("-inf")

    def describe(self) -> Iterable[Metric]:
        """Registering it runs no queries."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics."""
        yield _build_info()
        with suppress(OSError):  # a home that is gone: the other values are still right
            yield from self._disk()
        health = noted_health(self._settings.home) if running_owner(self._settings.home) else None
        if health is not None:
            yield from metrics_of_parts(health)
        yield _gauge(
            "inbox_left_out", "Files and folders in the drop folder that are left out.", "reason", self._left_out()
        )
        found = self._now()
        up = GaugeMetricFamily(f"{PREFIX}dagster_ui_up", "Whether the Dagster UI responds.")
        up.add_metric([], 1.0 if found is not None else 0.0)
        yield up
        if found is not None:
            yield from _metrics(found, time.time())

    def _disk(self) -> Iterator[Metric]:
        disk = GaugeMetricFamily(f"{PREFIX}disk_free_bytes", "Free space for recordings and databases.")
        disk.add_metric([], shutil.disk_usage(self._settings.home).free)
        yield disk
        room = files_that_fit(self._settings.home)
        if room is not None:
            files = GaugeMetricFamily(f"{PREFIX}disk_free_inodes", "How many more files that disk can hold.")
            files.add_metric([], room[0])
            yield files

    def _left_out(self) -> dict[str, float]:
        """Counts by reason. Every reason is present from the first scrape on, so that an increase is visible."""
        counts = dict.fromkeys(REASONS, 0.0)
        for one in left_behind(self._settings):
            counts[one.reason] += 1
        return counts

    def _now(self) -> SystemState | None:
        with self._lock:
            if time.monotonic() - self._found_at > policies.UI_METRICS_FRESH_SECONDS:
                self._found = self._query()
                self._found_at = time.monotonic()
            return self._found

    def _query(self) -> SystemState | None:
        owner = running_owner(self._settings.home)
        if owner is None:
            return None
        try:
            return DagsterApi(owner.url, token=owner.ui_token, seconds=policies.UI_METRICS_SECONDS).state()
        except OperatorError as error:
            _log.warning("no metrics of Dagster: %s", error.code)
            return None


def metrics_of_parts(health: Health) -> Iterator[Metric]:
    """The state and the restarts of the parts, as `up` last recorded them."""
    working = {**health.working, **{fault.part: False for fault in health.faults}}
    yield _gauge("part_working", "Whether a part of the running system works.", "part", working)
    restarts = CounterMetricFamily(
        f"{PREFIX}part_restarts", "Restarts of a part since `up` started, because it did not work.", labels=["part"]
    )
    for part, count in sorted(health.restarts.items()):
        restarts.add_metric([part], count)
    yield restarts


def _build_info() -> Metric:
    info = InfoMetricFamily(f"{PREFIX}build", "What runs here.")
    words = {
        "version": version("meeting-pipeline"),
        "dagster": version("dagster"),
        "python": platform.python_version(),
        "schema": SCHEMA_HEAD,
    }
    info.add_metric([], words)
    return info


def _metrics(found: SystemState, now: float) -> Iterator[Metric]:
    yield _gauge("daemon_healthy", "Whether a daemon sends heartbeats.", "daemon", found.daemons)
    yield _gauge("code_location_loaded", "Whether the code could be loaded.", "location", found.locations)
    sensors = found.sensors
    yield _gauge("sensor_running", "Whether a sensor is turned on.", "sensor", {s.name: s.running for s in sensors})
    ages = {s.name: max(0.0, now - s.began) for s in sensors if s.began is not None}
    yield _gauge("sensor_tick_age_seconds", "When the latest tick of a sensor began.", "sensor", ages)
    took = {s.name: s.seconds for s in sensors if s.seconds is not None}
    yield _gauge("sensor_tick_duration_seconds", "Duration of the latest finished tick.", "sensor", took)
    failed = {s.name: s.failed for s in sensors if s.failed is not None}
    yield _gauge("sensor_tick_failed", "Whether the latest finished tick failed.", "sensor", failed)


def _gauge(name: str, text: str, label: str, values: dict[str, float] | dict[str, bool]) -> Metric:
    gauge = GaugeMetricFamily(f"{PREFIX}{name}", text, labels=[label])
    for value, number in sorted(values.items()):
        gauge.add_metric([value], float(number))
    return gauge
