"""Mark each test with what it needs, so that ``make check`` can skip slow tests, and check that the marks are true.

``postgres`` and ``browser`` follow from the fixtures that a test uses. ``processes`` is set if the test, one of its fixtures
or a helper that they call uses a name that starts a process. Tests that start one through the package's code set the mark
themselves: in ``make check`` an unmarked test that starts a process fails. Belongs here: markers. Must not go here: fixtures.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Generator, Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

FIXTURES = {"postgres_server": "postgres", "browser": "browser"}
"""Fixture -> the marker of tests that use it."""
STARTERS = frozenset(
    {"subprocess", "Popen", "fork", "multiprocessing", "ProcessPoolExecutor", "Inspections", "open_stage"}
)
"""Names used by code that starts a process: Python's, and those of our running system, sandbox and launcher."""
IMPLIED = {"scenario": "processes", "chaos": "processes", "postgres": "processes", "browser": "processes"}
"""Marker -> a marker that it implies."""
SCENARIOS = ("scenario", "launching", "packaging")
"""Folders that may contain scenarios: ``make scenario`` collects only these, which saves each of its workers seconds."""
EVENTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"})
"""Audit events that report a started process; see the table of audit events in Python's documentation."""

_started: list[str] = []


def _audit(event: str, _: tuple[Any, ...], of_interest: frozenset[str] = EVENTS) -> None:
    if event in of_interest:  # an argument, because Python calls this until it exits, when module globals are gone
        _started.append(event)


platform.processor()  # starts `uname` once per process: otherwise the OpenAI SDK starts it in whichever test comes first
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
        functions = [item.function, *_fixture_functions(item)]
        if any(item.get_closest_marker(marker) for marker in IMPLIED) or any(map(starts.a_process, functions)):
            item.add_marker("processes")


def _fixture_functions(item: pytest.Function) -> Iterator[Callable[..., Any]]:
    for found in item._fixtureinfo.name2fixturedefs.values():
        yield found[-1].func


class _Starters:
    """Finds test functions that start a process, or call one that does."""

    def __init__(self) -> None:
        self._known: dict[FunctionType, bool] = {}

    def a_process(self, function: Callable[..., Any]) -> bool:
        """Whether its code, or that of a test helper that it uses, contains one of ``STARTERS``."""
        function = getattr(function, "__wrapped__", function)
        if not isinstance(function, FunctionType) or not function.__module__.startswith("meeting_pipeline_tests"):
            return False
        if function not in self._known:
            self._known[function] = False  # for mutually recursive functions
            names = set(_names(function.__code__))
            helpers = (function.__globals__.get(name) for name in names)
            self._known[function] = bool(names & STARTERS) or any(map(self.a_process, filter(callable, helpers)))
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
    if _started and "not processes" in item.config.option.markexpr and not item.get_closest_marker("processes"):
        pytest.fail(f"starts a process ({_started[0]}) and needs @pytest.mark.processes", pytrace=False)
    return result


def pytest_runtest_logstart() -> None:
    """Forget what the previous test started."""
    _started.clear()
