"""Copies of one processed recording under other keys, in the store, in Dagster's event index and in the folder of recordings.

Thousands of recordings in seconds: all have the same small results, and Dagster knows each of them.
"""

import hashlib
import shutil
import uuid
from typing import Any, cast

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    DynamicPartitionsTable,
    SqlEventLogStorageTable,
)

from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables import Artifact, Recording

_AT_ONCE = 1000


def copy_store(installation: Installation, key: str, keys: list[str]) -> None:
    """Copy its row, its results and its folder."""
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
        shutil.copytree(source, installation.settings.recordings / new)


def copy_index(instance: dg.DagsterInstance, key: str, keys: list[str]) -> None:
    """Copy what Dagster knows of its partition, and register the others."""
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


def numbered(key: str, count: int, first: str = "") -> list[str]:
    """As many keys as asked, which differ from this one and from each other. ``first``: a digit that all of them share."""
    return [f"{key[:-8]}{first}{number:0{8 - len(first)}x}" for number in range(count)]


def _rows(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(table.insert(), rows[start : start + _AT_ONCE])
