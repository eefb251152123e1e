"""Mark each test with what it needs, so that ``make check`` can skip what is slow, and check that the marks are true.

``postgres``, ``browser`` and ``runs`` follow from the fixtures that a test uses. ``processes`` and ``services`` are set if the
test, one of its fixtures or a helper that they call uses a name that starts one. Tests that start one through the package's
code set the mark themselves: in ``make check`` an unmarked test that starts a process fails.
Belongs here: markers. Must not go here: fixtures.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Container, Generator, Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

FIXTURES = {
    "postgres_server": "postgres",
    "browser": "browser",
    "provider_service": "services",
    "receiver_service": "services",
    "object_storage": "processes",
    "instance": "runs",
}
"""Fixture -> the marker of tests that use it."""
_PROCESSES = ("subprocess", "Popen", "fork", "multiprocessing", "ProcessPoolExecutor", "Inspections", "open_stage")
_SERVICES = ("ThreadingHTTPServer", "HTTPServer", "LoopbackServer", "create_server", "start_server", "Uvicorn")
STARTERS = {**dict.fromkeys(_PROCESSES, "processes"), **dict.fromkeys(_SERVICES, "services")}
"""Name used by code that starts something -> the marker: Python's names, and those of our running system, sandbox, launcher and
loopback services."""
IMPLIED = {"scenario": "processes", "chaos": "processes", "postgres": "processes", "browser": "processes"}
"""Marker -> a marker that it implies."""
SCENARIOS = ("scenario", "launching", "packaging")
"""Folders that may contain scenarios: ``make scenario`` collects only these, which saves each of its workers seconds."""
EVENTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"})
"""Audit events that report a started process; see the table of audit events in Python's documentation."""

_EXCLUDED = "not processes"
"""In the expression of a run that starts none."""
_started: list[str] = []


def _audit(event: str, _: tuple[Any, ...], of_interest: Container[str] = EVENTS) -> None:
    if event in of_interest:  # an argument, because Python calls this until it exits, when module globals are gone
        _started.append(event)


platform.processor()  # starts `uname` once per process: otherwise the OpenAI SDK starts it in whichever test comes first


def pytest_configure(config: pytest.Config) -> None:
    """Listen for started processes if the run excludes them: Python calls the hook hundreds of times for each meeting."""
    if _EXCLUDED in config.option.markexpr:
        sys.addaudithook(_audit)


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set the markers."""
    starts = _Starters()
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        if item.get_closest_marker("scenario") and item.path.parent.name not in SCENARIOS:
            raise pytest.UsageError(f"{item.nodeid} is a scenario, which `make scenario` seeks in {SCENARIOS} only")
        for fixture, marker in FIXTURES.items():
            if fixture in item.fixturenames:
                item.add_marker(marker)
        for marker, implied in IMPLIED.items():
            if item.get_closest_marker(marker):
                item.add_marker(implied)
        for function in (item.function, *_fixture_functions(item)):
            for marker in starts.markers(function):
                item.add_marker(marker)


def _fixture_functions(item: pytest.Function) -> Iterator[Callable[..., Any]]:
    for found in item._fixtureinfo.name2fixturedefs.values():
        yield found[-1].func


class _Starters:
    """Finds test functions that start something, or call one that does."""

    def __init__(self) -> None:
        self._known: dict[FunctionType, frozenset[str]] = {}

    def markers(self, function: Callable[..., Any]) -> frozenset[str]:
        """The markers of the ``STARTERS`` in its code, and in that of the test helpers that it uses."""
        function = getattr(function, "__wrapped__", function)
        if not isinstance(function, FunctionType) or not function.__module__.startswith("meeting_pipeline_tests"):
            return frozenset()
        if function not in self._known:
            self._known[function] = frozenset()  # for mutually recursive functions
            names = set(_names(function.__code__))
            helpers = (function.__globals__.get(name) for name in names)
            found = {STARTERS[name] for name in names & STARTERS.keys()}
            self._known[function] = frozenset(found).union(*map(self.markers, filter(callable, helpers)))
        return self._known[function]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """If the run excludes ``processes``: fail an unmarked test that started a process, in the test or its fixtures."""
    result = yield
    if _started and _EXCLUDED in item.config.option.markexpr and not item.get_closest_marker("processes"):
        pytest.fail(f"starts a process ({_started[0]}) and needs @pytest.mark.processes", pytrace=False)
    return result


def pytest_runtest_logstart() -> None:
    """Forget what the previous test started."""
    _started.clear()
