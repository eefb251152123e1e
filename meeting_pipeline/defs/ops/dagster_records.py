"""Dagster's records of checks and versions, which no public function of Dagster 1.13 reads in bulk.

The only module of the reconciler, and of shared runs, that uses Dagster's private names.
Must not go here: what follows from the records (``reconciling.py``).
"""

from collections.abc import Iterator, Mapping
from typing import Final

import dagster as dg
from sqlalchemy.exc import IntegrityError

from meeting_pipeline.dagster_internals import AssetCheckEvaluationTargetMaterializationData

_RECORDS: Final = 500
"""Materializations read at a time: a few MB."""


def checked(instance: dg.DagsterInstance, checks: Mapping[str, str]) -> dict[str, set[str]]:
    """Check -> partitions for which it was evaluated. ``checks``: name -> asset."""
    keys = [dg.AssetCheckKey(dg.AssetKey(asset), name) for name, asset in checks.items()]
    found: dict[str, set[str]] = {name: set() for name in checks}
    for info in instance.event_log_storage.get_asset_check_partition_info(keys):
        if info.partition_key is not None:
            found[info.check_key.name].add(info.partition_key)
    return found


def shown_versions(instance: dg.DagsterInstance, asset: dg.AssetKey) -> Iterator[tuple[str, int | None]]:
    """Each partition with the version that its newest materialization shows."""
    newest = instance.get_latest_storage_id_by_partition(asset, dg.DagsterEventType.ASSET_MATERIALIZATION)
    ids = sorted(newest.values())
    for start in range(0, len(ids), _RECORDS):
        batch = ids[start : start + _RECORDS]
        wanted = dg.AssetRecordsFilter(asset, storage_ids=batch)
        for record in instance.fetch_materializations(wanted, limit=len(batch)).records:
            found = record.asset_materialization
            if found is not None and found.partition is not None:
                value = found.metadata.get("version")
                yield found.partition, value.value if isinstance(value, dg.IntMetadataValue) else None


def report_check(instance: dg.DagsterInstance, partition: str, result: dg.AssetCheckResult) -> bool:
    """Report the result of a check outside a run. False if Dagster already has such a result for this partition.

    Raises: ValueError if the result names no asset or no check.
    """
    try:
        instance.report_runless_asset_event(evaluation(instance, partition, result))
    except IntegrityError:
        return False  # Dagster 1.13 keeps only the first such result per check and partition
    return True


def evaluation(instance: dg.DagsterInstance, partition: str, result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """A check's result as an event of this partition, which refers to its newest materialization.

    Raises: ValueError if the result names no asset or no check.
    """
    if result.asset_key is None or result.check_name is None:
        raise ValueError("a check that is reported outside a step names its asset and itself")
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
        partition=partition,
        target_materialization_data=_target(instance, result.asset_key, partition),
    )


def _target(
    instance: dg.DagsterInstance, asset: dg.AssetKey, partition: str
) -> AssetCheckEvaluationTargetMaterializationData | None:
    """The materialization that a check refers to. Without it, the UI shows the check as one of an older result."""
    wanted = dg.AssetRecordsFilter(asset, asset_partitions=[partition])
    records = instance.fetch_materializations(wanted, limit=1).records
    if not records:
        return None
    newest = records[0]
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=newest.storage_id, run_id=newest.run_id, timestamp=newest.timestamp
    )
