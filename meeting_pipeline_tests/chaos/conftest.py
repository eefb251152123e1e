"""Which tests of chaos `make test` runs, and which stay together when pytest workers share them: those of one rehearsal.

Must not go here: the rehearsals.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SHORT = ("test_slice", "test_crash_points-slice", "test_the_harness", "test_the_harness-bugs")
"""The groups that are part of `make test`."""


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Assign each test of a rehearsal to its group, and mark the short ones."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("chaos"):
            group = _group(item)
            item.add_marker(pytest.mark.xdist_group(group))
            if group in SHORT:
                item.add_marker(pytest.mark.short_chaos)


def _group(item: pytest.Item) -> str:
    """The module, or the part of it that has a system of its own."""
    module, parameters = item.path.stem, getattr(item, "callspec", None)
    if parameters is not None and "plan" in parameters.params:
        return f"{module}-{parameters.params['plan']}"
    return f"{module}-bugs" if "with_bugs" in getattr(item, "fixturenames", ()) else module
