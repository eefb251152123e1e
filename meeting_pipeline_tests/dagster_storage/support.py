"""A home with one of the two storages, and a small job that writes every kind of event that matters to lineage."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

KEYS = dg.DynamicPartitionsDefinition(name="keys")


def ours(home: Path) -> dict[str, Any]:
    """The storage section of a system on SQLite."""
    config = {"base_dir": str(home / "storage")}
    return {"custom": {"module": "meeting_pipeline.dagster_storage.sqlite", "class": "SqliteStorage", "config": config}}


def theirs(home: Path) -> dict[str, Any]:
    """Dagster's own SQLite storage."""
    return {"sqlite": {"base_dir": str(home / "storage")}}


@contextmanager
def opened(
    home: Path, storage: dict[str, Any] | None = None, default_limit: int | None = None
) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance in this folder. ``default_limit``: of pools."""
    home.mkdir(parents=True, exist_ok=True)
    no_output = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    config: dict[str, Any] = {
        "telemetry": {"enabled": False},
        "storage": storage or ours(home),
        "compute_logs": no_output,
    }
    if default_limit is not None:
        config["concurrency"] = {"pools": {"default_limit": default_limit}}
    written = home / f"dagster.yaml.{os.getpid()}"
    written.write_text(yaml.safe_dump(config))
    written.replace(home / "dagster.yaml")  # whole at any moment: with an empty file Dagster takes its own storage
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@dg.asset(partitions_def=KEYS)
def first() -> dg.MaterializeResult[None]:
    """An asset with metadata and tags."""
    return dg.MaterializeResult(metadata={"words": 3}, tags={"outcome": "complete"})


@dg.asset(partitions_def=KEYS, deps=[first])
def second() -> None:
    """An asset downstream."""


@dg.asset_check(asset=second)
def sound() -> dg.AssetCheckResult:
    """A check."""
    return dg.AssetCheckResult(passed=True)


def run(instance: dg.DagsterInstance, key: str) -> str:
    """Materialize both assets of a partition, and return the run's id."""
    instance.add_dynamic_partitions("keys", [key])
    definitions = dg.Definitions(
        assets=[first, second], asset_checks=[sound], jobs=[dg.define_asset_job("both", [first, second])]
    )
    return definitions.resolve_job_def("both").execute_in_process(partition_key=key, instance=instance).run_id


def open_and_run(home: Path, key: str, storage: dict[str, Any] | None = None) -> None:
    """What another process does: open the same storage, and run."""
    with opened(home, storage) as instance:
        run(instance, key)


def run_beside_forks(instance: dg.DagsterInstance, home: Path, storage: dict[str, Any] | None = None) -> None:
    """Materialize six partitions in this process, which has the storage open, and in three that are forked from it."""
    run(instance, "monday")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=open_and_run, args=(home, f"key-{number}", storage)) for number in range(3)]
    for process in processes:
        process.start()
    for key in ("tuesday", "friday"):
        run(instance, key)
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(instance.get_materialized_partitions(dg.AssetKey("second"))) == 6
