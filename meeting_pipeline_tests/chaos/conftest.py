"""Marks the tests of chaos with their group. Must not go here: which groups there are (``groups.py``)."""

from __future__ import annotations

import pytest

from meeting_pipeline_tests.chaos.groups import SHORT, group_of


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Assign each test of a rehearsal to its group, and mark the short ones."""
    for item in items:
        group = group_of(item)
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))
            if group in SHORT:
                item.add_marker(pytest.mark.short_chaos)
