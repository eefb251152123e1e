"""Which tests of chaos stay together when pytest workers share them, those of one rehearsal, and which `make test` runs.

Must not go here: the rehearsals.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SHORT = ("test_slice", "test_crash_points-slice", "test_the_harness", "test_the_harness-bugs")
"""The groups that are part of `make test`."""


def group_of(item: pytest.Item) -> str | None:
    """The module, or the part of it that has a system of its own; nothing for other tests."""
    if item.path.parent != Path(__file__).parent or not item.get_closest_marker("chaos"):
        return None
    module, parameters = item.path.stem, getattr(item, "callspec", None)
    if parameters is not None and "plan" in parameters.params:
        return f"{module}-{parameters.params['plan']}"
    return f"{module}-bugs" if "with_bugs" in getattr(item, "fixturenames", ()) else module
