"""Dagster's storage on PostgreSQL: its tables are looked for once per process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from meeting_pipeline_tests.dagster_storage.support import opened, run

pytestmark = pytest.mark.postgres


def _storage(url: str) -> dict[str, Any]:
    config = {"postgres_url": url}
    module = "meeting_pipeline.dagster_storage.postgres"
    return {"custom": {"module": module, "class": "PostgresStorage", "config": config}}


def test_only_the_first_opening_looks_for_the_tables(
    tmp_path: Path, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        run(instance, "monday")
    looked = []
    original = sa.inspect

    def counting(subject: Any) -> Any:
        looked.append(subject)
        return original(subject)

    monkeypatch.setattr(sa, "inspect", counting)
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        assert looked == []
        assert instance.get_dynamic_partitions("keys") == ["monday"]


@dg.asset(pool="questions")
def in_a_pool() -> None:
    """An asset that takes a slot of a pool."""


def _limits(instance: dg.DagsterInstance) -> dict[str, tuple[int, bool]]:
    return {each.name: (each.limit, each.from_default) for each in instance.event_log_storage.get_pool_limits()}


def test_a_machine_with_another_limit_of_pools_runs_and_leaves_the_limit(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    storage = _storage(empty_postgres_url)
    with opened(tmp_path / "control", storage, 6) as control, opened(tmp_path / "worker", storage, 4) as worker:
        assert dg.materialize([in_a_pool], instance=control).success, "the first run creates the pool"
        assert _limits(control) == {"questions": (6, True)}
        assert dg.materialize([in_a_pool], instance=worker).success
        assert _limits(control) == {"questions": (6, True)}
        assert control.event_log_storage.get_concurrency_info("questions").slot_count == 6


def test_a_machine_without_a_limit_of_pools_runs_and_leaves_the_limit(tmp_path: Path, empty_postgres_url: str) -> None:
    storage = _storage(empty_postgres_url)
    with opened(tmp_path / "control", storage, 6) as control, opened(tmp_path / "worker", storage) as worker:
        assert dg.materialize([in_a_pool], instance=control).success, "the first run creates the pool"
        assert dg.materialize([in_a_pool], instance=worker).success
        assert _limits(control) == {"questions": (6, True)}
        assert control.event_log_storage.get_concurrency_info("questions").slot_count == 6


def test_two_machines_may_create_a_pool_at_the_same_time(tmp_path: Path, empty_postgres_url: str) -> None:
    storage = _storage(empty_postgres_url)
    with opened(tmp_path / "control", storage, 6) as control, opened(tmp_path / "worker", storage, 4) as worker:
        for instance in (control, worker, control):  # each believes that there is none
            assert instance.event_log_storage.initialize_concurrency_limit_to_default("questions")
        assert _limits(worker) == {"questions": (6, True)}
        assert worker.event_log_storage.get_concurrency_info("questions").slot_count == 6
