"""Mark the tests that take much time of a processor, so that ``make check`` can leave them out.

A sixth of the quick tests takes most of their time: those that move several meetings through the store. ``costly.txt`` lists
them, by module or by function, and ``make costs`` measures and rewrites it. A test that is not listed runs in ``make check``.
Belongs here: that marker and its measurement. Must not go here: markers that follow from what a test uses (``marking.py``).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
LISTED = HERE / "costly.txt"
COSTLY_SECONDS = 0.1
"""Seconds of a processor from which a test is costly: its setup and its call, without fixtures that other tests share."""
MODULE_SECONDS = 0.06
"""The mean of a module's tests from which the whole module is listed: nearly all of its tests make the same kind of meetings."""
OPTION = "--measure-costs"

_spent: dict[str, list[float]] = defaultdict(list)
"""``module::function`` -> the seconds of each of its tests."""
_shared = [0.0]
"""Seconds that shared fixtures took since the current test began."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        OPTION, action="store_true", help=f"Measure the selected tests, in one process, and write {LISTED.name}."
    )


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set the marker."""
    listed = set(read())
    for item in items:
        name = name_of(item)
        if name in listed or name.partition("::")[0] in listed:
            item.add_marker("costly")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Measure a test."""
    _shared[0] = 0.0
    began = time.process_time()
    try:
        return (yield)
    finally:
        _spent[name_of(item)].append(time.process_time() - began - _shared[0])


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    """Measure a fixture that other tests share. One that is nested in another counts twice, which no test minds."""
    began = time.process_time()
    try:
        return (yield)
    finally:
        if fixturedef.scope != "function":
            _shared[0] += time.process_time() - began


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the list, if that was asked for."""
    if session.config.getoption(OPTION):
        LISTED.write_text("".join(f"{line}\n" for line in choose(_spent)))


def name_of(item: pytest.Item) -> str:
    """``module::function``, with the path of the module in the tests' folder."""
    function = getattr(item, "originalname", None) or item.name
    path = item.path.relative_to(HERE) if HERE in item.path.parents else item.path
    return f"{path.as_posix()}::{function}"


def read() -> list[str]:
    """The lines of the list."""
    return LISTED.read_text().split()


def choose(spent: dict[str, list[float]]) -> list[str]:
    """The modules and functions to list, from the seconds of each function's tests."""
    modules: dict[str, list[float]] = defaultdict(list)
    for name, seconds in spent.items():
        modules[name.partition("::")[0]] += seconds
    whole = {module for module, seconds in modules.items() if sum(seconds) / len(seconds) > MODULE_SECONDS}
    alone = {
        name
        for name, seconds in spent.items()
        if max(seconds) > COSTLY_SECONDS and name.partition("::")[0] not in whole
    }
    return sorted(whole | alone)
