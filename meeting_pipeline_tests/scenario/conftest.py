"""Running systems for most scenarios.

A module that uses a shared system has a function ``drop_file(system)``, which drops its files. When the system has
started, this function of every module in the group is called, so that the scenarios' waits overlap. Its return value is
the module's fixture ``handed_in``. Modules that need a system for themselves, with the usual settings, use ``plain`` in
turn. Starting a system, its first run and its stop take some 9 s of a processor.

A system is stopped after the last scenario of its group that uses it. Must not go here: the groups (``groups.py``).
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.groups import assign_groups, uses
from meeting_pipeline_tests.scenario.system import Outside, System

AT_TURN = pytest.StashKey[pytest.Item]()
RUNNING = pytest.StashKey[dict[str, System]]()
"""Fixture -> its system, which serves several modules."""


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Assign each scenario to its group, and sort the longest groups first."""
    assign_groups(items, has_workers=_has_workers(config))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember which test needs the shared system."""
    item.session.stash[AT_TURN] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Stop a system that no later scenario of this group uses: an idle one takes a twelfth of a core."""
    yield
    for fixture, system in item.session.stash.get(RUNNING, {}).items():
        if uses(item, fixture) and not _is_used_later(item, fixture):
            _stop(system)


def _stop(system: System) -> None:
    """Stop it, once. That it ended before is a failure."""
    if system.process is not None:
        system.stop()
        system.process = None


def _is_used_later(item: pytest.Item, fixture: str) -> bool:
    items = item.session.items
    return any(uses(later, fixture) and _named(later) == _named(item) for later in items[items.index(item) + 1 :])


def _has_workers(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _named(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""


class Shared:
    """A shared system, and what each module submitted. What one module could not submit fails that module alone."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._handed_in: dict[str, Any] = {}
        self._failed: dict[str, Exception] = {}

    def serve(self, request: pytest.FixtureRequest) -> Shared:
        """Start the system for the group at turn, unless it runs, and submit what the group's modules need."""
        if self.system.process is None:
            self.system.start()
            for module in _modules(request):
                if hasattr(module, "drop_file"):
                    self._submit(module)
        return self

    def _submit(self, module: Any) -> None:
        try:
            self._handed_in[module.__name__] = module.drop_file(self.system)
        except Exception as error:  # noqa: BLE001 - raised again where it belongs
            self._failed[module.__name__] = error

    def handed_in(self, module: Any) -> Any:
        """What the module submitted; the first call submits it."""
        if module.__name__ in self._failed:
            raise self._failed[module.__name__]
        if module.__name__ not in self._handed_in:
            self._handed_in[module.__name__] = module.drop_file(self.system)
        return self._handed_in[module.__name__]


def _modules(request: pytest.FixtureRequest) -> list[Any]:
    using = [item for item in request.session.items if uses(item, "shared")]
    if _has_workers(request.config):
        using = [item for item in using if _named(item) == _named(request.session.stash[AT_TURN])]
    return list(dict.fromkeys(inspect.getmodule(item.function) for item in using))  # type: ignore[attr-defined]  # items are functions


@contextlib.contextmanager
def _running(request: pytest.FixtureRequest, home: Path, **settings: str) -> Iterator[System]:
    """A system that is not started yet. It is stopped with the last scenario that uses the fixture."""
    with Outside() as outside:
        system = QuickSystem(home, outside, **settings)
        request.session.stash.setdefault(RUNNING, {})[str(request.fixturename)] = system
        try:
            yield system
        except BaseException:
            system.kill()
            raise
        _stop(system)


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The system, with all files dropped that the group's scenarios need."""
    # Small enough that a long meeting is split, large enough that an ordinary one is not. A run for each recording:
    # the scenarios follow theirs, and those of `test_shared_runs.py` share.
    settings = {"OPENAI_INPUT_TOKENS": "8000", "MEETING_PIPELINE_BATCH_RECORDINGS": "1"}
    with _running(request, tmp_path_factory.mktemp("shared") / "home", **settings) as system:
        yield Shared(system).serve(request)


@pytest.fixture(scope="session")
def others_at_work(request: pytest.FixtureRequest) -> None:
    """In a single process: the shared system has started, if any scenario of this session needs it."""
    if _has_workers(request.config):
        return
    if any(uses(item, "shared") for item in request.session.items):
        request.getfixturevalue("shared")


@pytest.fixture(scope="session")
def plain_system(
    request: pytest.FixtureRequest, others_at_work: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """A system with the usual settings."""
    with _running(request, tmp_path_factory.mktemp("plain") / "home") as system:
        yield system.start()


@pytest.fixture(scope="module")
def plain(plain_system: System) -> Iterator[System]:
    """The same, for one module after the other. It is at rest when a module begins, and its services behave as at first.

    Otherwise a module that fails in the middle leaves faults, delays and slow runs to the next, which fails too. Not so for
    ``shared``: its modules set their faults when it starts, each for the words of one recording.
    """
    if plain_system.process_ended():
        plain_system.start()
    plain_system.wait_until_idle()
    yield plain_system
    plain_system.outside.providers.reset_behaviour()
    plain_system.outside.receiver.reset_behaviour()


@pytest.fixture(scope="module")
def system(shared: Shared, request: pytest.FixtureRequest) -> System:
    """The running system."""
    return shared.serve(request).system


@pytest.fixture(scope="module")
def outside(system: System) -> Outside:
    """Its providers and its receiver."""
    return system.outside


@pytest.fixture(scope="module")
def handed_in(shared: Shared, request: pytest.FixtureRequest) -> Any:
    """What this module's ``drop_file`` returned."""
    return shared.serve(request).handed_in(request.module)
