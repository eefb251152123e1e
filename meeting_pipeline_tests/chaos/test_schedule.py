"""Plans of faults."""

from pathlib import Path

import pytest

from meeting_pipeline.foundation.crash_points import CRASH_POINTS
from meeting_pipeline_tests.chaos.schedule import Plan, make_plan

HOUR = 3600.0


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_same_seed_gives_the_same_plan(database: str) -> None:
    assert make_plan(5, HOUR, database, CRASH_POINTS) == make_plan(5, HOUR, database, CRASH_POINTS)
    assert make_plan(5, HOUR, database, CRASH_POINTS) != make_plan(6, HOUR, database, CRASH_POINTS)


def test_a_plan_can_be_written_and_replayed(tmp_path: Path) -> None:
    plan = make_plan(5, 300.0, "sqlite", CRASH_POINTS)
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan


@pytest.mark.parametrize(("database", "other"), [("sqlite", "database:down"), ("postgres", "database:locked")])
def test_a_long_run_meets_every_kind_of_fault_of_its_database(database: str, other: str) -> None:
    kinds = {fault.kind for fault in make_plan(1, HOUR, database, CRASH_POINTS).faults}
    groups = {kind.partition(":")[0] for kind in kinds}
    assert groups == {"kill", "freeze", "crash", "provider", "receiver", "database", "disk"}
    assert {"kill:worker", "kill:everything", "freeze:worker", "provider:gone", "receiver:gone"} <= kinds
    assert other not in kinds


def test_what_is_dropped_again_was_dropped_before() -> None:
    drops = {drop.number: drop for drop in make_plan(1, HOUR, "sqlite", CRASH_POINTS).drops}
    again = [drop for drop in drops.values() if drop.kind == "again"]
    assert again
    assert all(drop.of is not None and drops[drop.of].at < drop.at for drop in again)
