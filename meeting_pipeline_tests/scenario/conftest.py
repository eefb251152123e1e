"""One running system for most scenarios.

A module that uses it has a function ``drop_file(system)``, which drops its files. All are called when the system has
started, so that the scenarios' waits overlap; what it returns is the module's fixture ``handed_in``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline_tests.scenario.system import Outside, System

FIRST = ("test_restarting", "test_postgres")
"""These mostly wait, on systems of their own: meanwhile the shared system works off what was dropped."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules of ``FIRST`` before the other scenarios; all else keeps its place."""
    places = [place for place, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path.stem not in FIRST)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


class Shared:
    """The shared system, and what each module handed in."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.handed_in: dict[str, Any] = {}


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The system, with everything dropped."""
    modules = dict.fromkeys(inspect.getmodule(item.function) for item in request.session.items)  # type: ignore[attr-defined]  # items are functions
    with Outside() as outside:
        # Small enough that a long meeting is split, large enough that an ordinary one is not.
        system = System(tmp_path_factory.mktemp("shared") / "home", outside, OPENAI_INPUT_TOKENS="8000")
        try:
            found = Shared(system.start())
            for module in modules:
                if module is not None and hasattr(module, "drop_file"):
                    found.handed_in[module.__name__] = module.drop_file(system)
            yield found
        except BaseException:
            system.kill()
            raise
        system.stop()


@pytest.fixture(scope="session")
def others_at_work(request: pytest.FixtureRequest) -> None:
    """The shared system has started, if any scenario of this session needs it."""
    if any("shared" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("shared")


@pytest.fixture(scope="session")
def system(shared: Shared) -> System:
    """The running system."""
    return shared.system


@pytest.fixture(scope="session")
def outside(shared: Shared) -> Outside:
    """Its providers and its receiver."""
    return shared.system.outside


@pytest.fixture(scope="module")
def handed_in(shared: Shared, request: pytest.FixtureRequest) -> Any:
    """What this module's ``drop_file`` returned."""
    return shared.handed_in[request.module.__name__]
