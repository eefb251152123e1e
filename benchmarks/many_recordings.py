"""The reconciler and a backup over a store with many recordings: time and peak memory.

Run: ``.venv/bin/python -m benchmarks.many_recordings [--recordings 10000] [--lost 10] [--versions]``.
One recording is processed; its rows in the store and in Dagster's event index are then copied under other keys. All
recordings therefore have the same small results, and Dagster knows all of them. Must not go here: anything that a test
relies on.
"""

import argparse
import hashlib
import logging
import resource
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, cast

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    DynamicPartitionsTable,
    SqlEventLogStorageTable,
)

from meeting_pipeline.backup.writing import write_backup
from meeting_pipeline.defs.ops.reconciling import Reconciled, reconcile
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.store.tables import Artifact, Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.installations import TALK, accepted

_AT_ONCE = 1000


def _rows(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(table.insert(), rows[start : start + _AT_ONCE])


def _copy_store(installation: Installation, key: str, keys: list[str]) -> None:
    recordings, artifacts = cast("sa.Table", Recording.__table__), cast("sa.Table", Artifact.__table__)
    with installation.store.database.engine.begin() as connection:
        [row] = [one for one in _rows(connection, recordings) if one["key"] == key]
        results = [one for one in _rows(connection, artifacts) if one["recording_key"] == key]
        copies = [{**row, "key": new, "sha256": hashlib.sha256(new.encode()).hexdigest()} for new in keys]
        _insert(connection, recordings, copies)
        for result in results:
            made = [{**result, "id": uuid.uuid4().hex, "recording_key": new} for new in keys]
            _insert(connection, artifacts, made)
    source = installation.settings.recordings / key
    for new in keys:
        folder = installation.settings.recordings / new
        folder.mkdir()
        for path in source.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())


def _copy_index(instance: dg.DagsterInstance, key: str, keys: list[str]) -> None:
    with instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]  # only on the SQL storage
        events = [row for row in _rows(connection, SqlEventLogStorageTable) if row["partition"] == key]
        checks = [row for row in _rows(connection, AssetCheckExecutionsTable) if row["partition"] == key]
        for row in events:
            row.pop("id")
            _insert(
                connection,
                SqlEventLogStorageTable,
                [{**row, "partition": new, "event": row["event"].replace(key, new)} for new in keys],
            )
        for number, row in enumerate(checks):
            row.pop("id")
            _insert(
                connection,
                AssetCheckExecutionsTable,
                [{**row, "partition": new, "run_id": f"{number}-{new}"} for new in keys],
            )
        _insert(connection, DynamicPartitionsTable, [{"partitions_def_name": RECORDINGS, "partition": k} for k in keys])


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(what: str, work: Any) -> Any:
    began, used = time.monotonic(), time.process_time()
    found = work()
    print(
        f"{what}: {time.monotonic() - began:.1f} s, CPU {time.process_time() - used:.1f} s, peak {_peak_mb():.0f} MB",
        flush=True,
    )
    return found


def main() -> None:
    """Prepare, measure, print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recordings", type=int, default=10_000)
    arguments.add_argument("--lost", type=int, default=10, help="recordings of which Dagster has lost everything")
    arguments.add_argument("--versions", action="store_true", help="compare versions too, which takes minutes")
    chosen = arguments.parse_args()
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        installation = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(home)}))
        installation.settings.dagster_home.mkdir()
        with dg.DagsterInstance.local_temp(str(installation.settings.dagster_home)) as instance:
            runs = Runs(installation, instance)
            key = accepted(installation, "one.vtt", TALK).key
            assert runs.job("intake").success
            assert runs.recording(key).success
            keys = [f"{key[:-8]}{number:08x}" for number in range(chosen.recordings)]
            lost = [f"{key[:-8]}f{number:07x}" for number in range(chosen.lost)]
            _timed("preparing", lambda: _copy_store(installation, key, keys))
            _copy_index(instance, key, keys)
            done: Reconciled = _timed("reconcile --quick", lambda: reconcile(installation, instance, versions=False))
            assert done.changes == 0, list(done.lines())
            if chosen.versions:
                _timed("reconcile", lambda: reconcile(installation, instance))
            _copy_store(installation, key, lost)
            done = _timed(
                f"reconcile --quick, {chosen.lost} lost", lambda: reconcile(installation, instance, versions=False)
            )
            assert done.partitions_added == chosen.lost
            _timed("backup", lambda: write_backup(installation.settings, Path(folder) / "backup", lambda _: None))
        installation.store.close()


if __name__ == "__main__":
    main()
