"""Telling Dagster which recordings there are: partition and materialization added for new ones, removed for deleted ones.

The store is the truth: what Dagster was not told of is found there, and telling it twice changes nothing. Must not go
here: taking files in (``intake.py``), what else is left of deleted recordings (``steps/deleting.py``).
"""

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.assets.recording import RECORDING, recording_metadata
from meeting_pipeline.ops.erasing import DagsterRegister
from meeting_pipeline.partitions import RECORDINGS
from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.steps.deleting import clear_round
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.store.tables import Recording


def register(context: dg.OpExecutionContext, installation: Installation, row: Recording) -> None:
    """Make a recording known: a materialized ``recording``, a partition, and a note in its row."""
    # Each by itself: a run before may have died between any two, and `transcripts_ready` adds partitions too.
    materialized = dg.AssetRecordsFilter(asset_key=RECORDING, asset_partitions=[row.key])
    if not context.instance.fetch_materializations(materialized, limit=1).records:
        context.log_event(_materialization(row))
    if not context.instance.has_dynamic_partition(RECORDINGS, row.key):
        context.instance.add_dynamic_partitions(RECORDINGS, [row.key])
    crash_point("intake.partitions_added", row.key)
    installation.store.recordings.note_registered([row.key])


def register_new(context: dg.OpExecutionContext, installation: Installation) -> int:
    """Make known what was accepted elsewhere. Returns how many."""
    rows = installation.store.recordings.unregistered(policies.REGISTER_BATCH)
    for row in rows:
        register(context, installation, row)
    return len(rows)


def clear_all_deleted(context: dg.OpExecutionContext, installation: Installation) -> int:
    """Erase what is left of deleted recordings and due. Returns how many."""
    due = installation.store.deletions.due(policies.DELETED_BATCH)
    if due:
        clear_round(installation, due, DagsterRegister(context.instance, installation))
    return len(due)


def _materialization(row: Recording) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        RECORDING,
        partition=row.key,
        metadata=recording_metadata(
            size_bytes=row.size_bytes,
            duration_ms=row.duration_ms,
            codec=row.codec,
            container=row.container,
            sha256=row.sha256,
            original_name=row.original_name,
        ),
    )
