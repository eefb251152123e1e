"""The groups of scenarios: which stay together on a pytest worker, and which come first.

A shared system serves its group, and a module with its own system is a group. Must not go here: the systems (``conftest.py``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from meeting_pipeline_tests.chaos.groups import group_of

FIRST = (
    "plain", "test_healing", "shared", "shared-with-a-person", "test_slice", "test_campaigns", "test_restarting",
    "test_orphans", "test_crash_points-slice", "test_postgres", "test_backup-sqlite", "test_backup-postgres", "test_every_export",
    "test_additions", "test_the_harness-bugs", "test_http_service", "test_documented_commands", "test_wheel",
    "test_the_harness",
)  # fmt: skip
"""The long groups come first; short ones fill the remaining time. Chaos waits most, so it is not all at the same time."""
WITH_A_PERSON = ("test_command_line", "test_erasing", "test_page", "test_readme_api", "test_stopping", "test_ui")
"""Modules that work on their system for a long time, one after the other: they get a second shared system, in parallel."""

TIMEOUT_SECONDS = 3600
"""Only for a scenario that hangs. Each wait has a limit of its own, and a module's first test waits for all that it sets up."""


def assign_groups(items: list[pytest.Item], *, has_workers: bool) -> None:
    """Assign each scenario to its group and sort the longest groups first; everything else keeps its position.

    Tests of chaos have their groups already, and are sorted among the scenarios. In a single process, scenarios that only wait
    for their own system come first: meanwhile the shared system processes its files.
    """
    groups: dict[pytest.Item, str] = {}
    for item in items:
        if (group := group_of(item)) is not None:
            groups[item] = group
        elif _is_scenario(item):
            groups[item] = _group(item, has_workers)
            item.add_marker(pytest.mark.xdist_group(groups[item]))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))
    places = [place for place, item in enumerate(items) if item in groups]

    def rank(item: pytest.Item) -> int:
        if groups[item] not in FIRST or (groups[item].startswith("shared") and not has_workers):
            return len(FIRST)
        return FIRST.index(groups[item])

    for place, item in zip(places, sorted(groups, key=rank), strict=True):
        items[place] = item


def uses(item: pytest.Item, fixture: str) -> bool:
    """Whether the test uses this fixture."""
    return fixture in getattr(item, "fixturenames", ())


def _is_scenario(item: pytest.Item) -> bool:
    return Path(__file__).parent in item.path.parents or item.get_closest_marker("scenario") is not None


def _group(item: pytest.Item, has_workers: bool) -> str:
    module = item.path.stem
    if uses(item, "shared"):
        return "shared-with-a-person" if has_workers and module in WITH_A_PERSON else "shared"
    if uses(item, "plain"):
        return "plain"
    if module == "test_backup":  # each database has its own system there
        return f"{module}-{item.name.rpartition('[')[2].removesuffix(']')}"  # a bracket would hide the group
    return module
