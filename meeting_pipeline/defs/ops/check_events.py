"""Which of Dagster's events are check results of one partition. Dagster stores the partition only in the event itself.

Materialization events have their partition in a column; check events have neither partition nor asset in columns, and may be
compressed, so no text search finds them. Must not go here: what is done with them (``dagster_tables.py``).
"""

from datetime import datetime
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster import EventLogEntry, deserialize_value

from meeting_pipeline.dagster_internals import RUNLESS_RUN_ID, AssetCheckExecutionsTable
from meeting_pipeline.dagster_internals import SqlEventLogStorageTable as _Events


def check_events(connection: sa.Connection, key: str, run_ids: set[str], before: datetime | None) -> list[sa.Row[Any]]:
    """The results of checks of this partition: id, run and event. ``run_ids``: the runs that worked on it.

    ``before``: only earlier ones, as Dagster stores times (UTC, without a time zone).

    The table of checks knows the newest one of each run. An earlier one, of a step that was tried again, is looked for in
    those runs.
    """
    checks = AssetCheckExecutionsTable
    newest = sa.select(checks.c.evaluation_event_storage_id).where(checks.c.partition == key)
    query = sa.select(_Events.c.id, _Events.c.run_id, _Events.c.event).where(
        _Events.c.dagster_event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
        sa.or_(_Events.c.id.in_(newest), _Events.c.run_id.in_(run_ids - {RUNLESS_RUN_ID})),
    )
    if before is not None:
        query = query.where(_Events.c.timestamp < before)
    return [row for row in connection.execute(query).all() if _partition_of_check(row.event) == key]


def _partition_of_check(event: str) -> str | None:
    if not event:  # damaged: it belongs to no partition, and must not prevent the deletion of others
        return None
    found = deserialize_value(event, EventLogEntry).asset_check_evaluation
    return found.partition if found is not None else None
