"""Marks each test with what it needs, so that ``make check`` can leave out what is slow, and holds the marks to the truth.

``postgres`` and ``browser`` follow from the fixtures that a test uses. ``processes`` is set where the test, a fixture of it,
or a helper that they call names what starts a process. What starts one by way of the package's own code says so itself:
in ``make check`` an unmarked test that starts a process fails. Belongs here: markers. Must not go here: fixtures.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Generator, Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

FIXTURES = {"postgres_server": "postgres", "browser": "browser"}
"""Fixture -> the marker of whoever uses it."""
STARTERS = frozenset(
    {"subprocess", "Popen", "fork", "multiprocessing", "ProcessPoolExecutor", "Inspections", "open_stage"}
)
"""Names in code that starts a process: Python's own, and those of our parts of the system, its sandbox and its launcher."""
IMPLIED = {"scenario": "processes", "chaos": "processes", "postgres": "processes", "browser": "processes"}
"""Marker -> one that goes without saying."""
SCENARIOS = ("scenario", "launching", "packaging")
"""Rooms that may hold scenarios: the lane of scenarios collects no other, which saves each of its workers seconds."""
EVENTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"})
"""Audit events of a process that is started; see the table of audit events in Python's documentation."""

_started: list[str] = []


def _audit(event: str, _: tuple[Any, ...], of_interest: frozenset[str] = EVENTS) -> None:
    if event in of_interest:  # an argument, for Python calls this until its very end, when modules are empty
        _started.append(event)


platform.processor()  # starts `uname` once per process: the OpenAI SDK asks for it, in whichever test comes first
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
    """Which functions of the tests start a process, or call one that does."""

    def __init__(self) -> None:
        self._known: dict[FunctionType, bool] = {}

    def a_process(self, function: Callable[..., Any]) -> bool:
        """Whether its code, or that of a helper of the tests that it names, holds one of ``STARTERS``."""
        function = getattr(function, "__wrapped__", function)
        if not isinstance(function, FunctionType) or not function.__module__.startswith("meeting_pipeline_tests"):
            return False
        if function not in self._known:
            self._known[function] = False  # for functions that call one another
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
    """Where tests are asked for that start none: fail one that started a process, in its fixtures or itself."""
    result = yield
    if _started and "not processes" in item.config.option.markexpr and not item.get_closest_marker("processes"):
        pytest.fail(f"starts a process ({_started[0]}) and needs @pytest.mark.processes", pytrace=False)
    return result


def pytest_runtest_logstart() -> None:
    """Forget what the test before started."""
    _started.clear()
