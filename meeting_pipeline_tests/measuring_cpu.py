"""``--measure-cpu``: which tests use the processors, their processes included.

Durations say little on a busy machine, and nothing about systems that work while a test waits. So this adds up the CPU time of
pytest's process and of all its descendants. What a test of a shared system uses includes what that system does for others.
Works with pytest-xdist: each report carries its figure to the controller.
Must not go here: which tests are costly (``costly.py``).
"""

from __future__ import annotations

import contextlib
import ctypes
from collections import defaultdict
from collections.abc import Generator, Mapping
from typing import Any

import psutil
import pytest

OPTION = "--measure-cpu"
SHOWN = 30
"""Lines of each table."""
_PROPERTY = "cpu_seconds"
_PR_SET_CHILD_SUBREAPER = 36
"""From ``linux/prctl.h``: orphans stay below this process, so that their time is counted."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        OPTION, action="store_true", help="Show the CPU seconds of modules and tests, with their processes."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Measure, if that was asked for."""
    if not config.getoption(OPTION):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    config.pluginmanager.register(CpuMeter(), "cpu-meter")


class CpuMeter:
    """Assigns to each phase of a test what was used since the phase before it."""

    def __init__(self) -> None:
        self._until_now = used()
        self._of_phase: dict[tuple[str, str], float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the figure to the report."""
        report = yield
        now = used()
        report.user_properties = [*report.user_properties, (_PROPERTY, now - self._until_now)]
        self._until_now = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect it, from this process or from a worker."""
        for name, seconds in report.user_properties:
            if name == _PROPERTY and isinstance(seconds, float):
                self._of_phase[report.nodeid, str(report.when)] = seconds

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show the tables."""
        terminalreporter.section("CPU seconds, with all processes")
        for line in table(self._of_phase):
            terminalreporter.write_line(line)


def used() -> float:
    """CPU seconds of this process and its descendants so far, and of all that these have reaped."""
    me, total = psutil.Process(), 0.0
    for process in [me, *me.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def table(of_phase: Mapping[tuple[str, str], float]) -> list[str]:
    """The modules, and the phases of tests, that used most; both with seconds."""
    modules: dict[str, float] = defaultdict(float)
    for (nodeid, _), seconds in of_phase.items():
        modules[nodeid.partition("::")[0]] += seconds
    phases = {f"{phase:8} {nodeid}": seconds for (nodeid, phase), seconds in of_phase.items()}
    lines = [f"{sum(modules.values()):8.1f}  all tests"]
    for found in (modules, phases):
        largest = sorted(found, key=found.__getitem__, reverse=True)[:SHOWN]
        lines += ["", *(f"{found[name]:8.1f}  {name}" for name in largest)]
    return lines
