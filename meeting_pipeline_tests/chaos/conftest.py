"""Which tests of chaos stay together when several pytest workers share them: those that look at the same rehearsal.

Must not go here: the rehearsals.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Assign each test of a rehearsal to its group."""
    for item in items:
        if item.path.parent.name == "chaos" and item.get_closest_marker("chaos"):
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    """The module, or the part of it that has a system of its own."""
    module, parameters = item.path.stem, getattr(item, "callspec", None)
    if parameters is not None and "plan" in parameters.params:
        return f"{module}-{parameters.params['plan']}"
    return f"{module}-bugs" if "with_bugs" in getattr(item, "fixturenames", ()) else module
