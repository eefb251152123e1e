"""Withdraws planned materializations that will not happen, so that only the failed asset is red.

A run announces a materialization for each of its assets when it is created. Dagster 1.13 shows a partition as failed if the run
of its newest announcement failed without the materialization (``dagster/_core/storage/partition_status_cache.py``). A failed
transcript would turn everything downstream red. An announcement without a run is neither failed nor in progress.

Its checks are announced too. Dagster shows a check that a failed run never reached as failed, and amber for all partitions
(``dagster/_core/storage/asset_check_state.py``). An announcement without a run would be in progress forever, so these are
removed.

Must not go here: which assets failed (``defs/assets/transcript.py``).
"""

from collections.abc import Collection

import dagster as dg

from meeting_pipeline.dagster_internals import (
    RUNLESS_JOB_NAME,
    RUNLESS_RUN_ID,
    AssetMaterializationPlannedData,
    DagsterEvent,
)


def withdraw_plans(instance: dg.DagsterInstance, run_id: str, partition: str, *, but: Collection[str]) -> list[str]:
    """Take back all announcements of a run for this partition, ``but`` those of these assets. Returns the assets."""
    planned = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED).records
    released = []
    for record in planned:
        event = record.event_log_entry.dagster_event
        asset = event.asset_key if event is not None else None
        if asset is None or asset.to_user_string() in but:
            continue
        nothing = DagsterEvent.build_asset_materialization_planned_event(
            RUNLESS_JOB_NAME, "", AssetMaterializationPlannedData(asset, partition=partition)
        )
        instance.report_dagster_event(nothing, run_id=RUNLESS_RUN_ID)
        released.append(asset.to_user_string())
    return released


def withdraw_checks(instance: dg.DagsterInstance, run_id: str, partition: str, *, but: Collection[str]) -> None:
    """Remove the checks of this partition that a run has announced and not come to, ``but`` those of these names."""
    from meeting_pipeline.dagster_internals import AssetCheckExecutionsTable, SqlEventLogStorage

    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return
    columns = AssetCheckExecutionsTable.c
    announced = (
        columns.run_id == run_id, columns.partition == partition, columns.execution_status == "PLANNED",
        columns.check_name.not_in(but),
    )  # fmt: skip
    with storage.index_connection() as connection:
        connection.execute(AssetCheckExecutionsTable.delete().where(*announced))
