"""Keeps Dagster's list of recordings up to date: adds a partition and a materialization for new ones, removes deleted ones.

The store is the truth: it shows what Dagster does not know yet, and reporting something twice changes nothing. A partition
that a person deletes in the UI is added again, because its recording still exists; to delete a recording there is a
command.
Must not go here: accepting files (``intake.py``), what else is left of deleted recordings (``steps/operations/delete.py``).
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.recording import RECORDING, recording_metadata
from meeting_pipeline.defs.assets.redaction import redacted
from meeting_pipeline.defs.ops.erasing import DagsterRegister
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.back_off import BackOff
from meeting_pipeline.steps.intake.staging import placing
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.operations.delete import clear_round
from meeting_pipeline.store.tables import Recording

_BACK_OFF: Final = "registering"
_log = logging.getLogger(__name__)


def register(context: dg.OpExecutionContext, installation: Installation, row: Recording) -> None:
    """Register a recording with Dagster: a materialized ``recording``, a partition, and a note in its row."""
    # Check each separately: an earlier run may have died between any two, and `transcripts_ready` adds partitions too.
    materialized = dg.AssetRecordsFilter(asset_key=RECORDING, asset_partitions=[row.key])
    if not context.instance.fetch_materializations(materialized, limit=1).records:
        context.log_event(redacted(installation.settings, _materialization(row)))
    ensure_partitions(context.instance, installation, [row.key])
    crash_point("intake.partitions_added", row.key)
    installation.store.registrations.note_registered([row.key])


def ensure_partitions(instance: dg.DagsterInstance, installation: Installation, keys: Collection[str]) -> set[str]:
    """Add the missing partitions of these recordings. Returns the keys that now have a partition.

    A key without a recording gets none: the recording was deleted meanwhile.
    """
    if not keys:
        return set()
    with placing(installation):  # nobody deletes a recording between the query and adding its partition
        present = installation.store.registrations.existing(keys)
        if present:
            instance.add_dynamic_partitions(RECORDINGS, sorted(present))  # leaves existing ones unchanged
    return present


def without_partition(instance: dg.DagsterInstance, keys: Iterable[str]) -> list[str]:
    """The keys that have no partition."""
    known = set(instance.get_dynamic_partitions(RECORDINGS))
    return [key for key in keys if key not in known]


def add_partitions(instance: dg.DagsterInstance, installation: Installation, missing: Sequence[str]) -> list[str]:
    """Add the missing partitions of these recordings. Returns those that have one now.

    One that cannot be added is logged and skipped, and so is a recording that was deleted meanwhile.
    """
    registered: set[str] = set()
    for start in range(0, len(missing), policies.REGISTER_BATCH):  # the lock below blocks intake
        registered |= ensure_each_partition(instance, installation, missing[start : start + policies.REGISTER_BATCH])
    return sorted(registered)


def ensure_each_partition(instance: dg.DagsterInstance, installation: Installation, keys: Collection[str]) -> set[str]:
    """Like ``ensure_partitions``, but a key that fails unexpectedly is logged and skipped; the others get their partition."""
    present: set[str] = set()
    with isolated_item(_log, f"adding {len(keys)} partitions at once") as together:
        present = ensure_partitions(instance, installation, keys)
    for key in keys if together.failed else ():
        with isolated_item(_log, f"adding the partition of {key}"):
            present |= ensure_partitions(instance, installation, [key])
    return present


def remove_partitions(instance: dg.DagsterInstance, keys: Iterable[str]) -> list[str]:
    """Remove partitions of deleted recordings that exist again, for example from a restored backup. Returns those removed.

    One that cannot be removed is logged and skipped.
    """
    removed = []
    for key in keys:
        with isolated_item(_log, "removing the partition of a deleted recording"):
            instance.delete_dynamic_partition(RECORDINGS, key)
            removed.append(key)
    return removed


def to_register(installation: Installation, limit: int) -> Sequence[Recording]:
    """Recordings that Dagster does not know yet, oldest first, without those in back-off after a failure."""
    back_off = BackOff(installation.settings.home, _BACK_OFF, installation.store.context)
    rows = installation.store.registrations.unregistered(limit + back_off.count())
    return [row for row in rows if not back_off.waits(row.key)][:limit]


def register_new(context: dg.OpExecutionContext, installation: Installation) -> int:
    """Register recordings that were accepted elsewhere. Returns how many.

    One that fails unexpectedly is logged and retried later. Raises: StoreUnavailable.
    """
    back_off = BackOff(installation.settings.home, _BACK_OFF, installation.store.context)
    back_off.tidy()
    quoting, registered = installation.settings.ui_previews == "on", 0
    for row in to_register(installation, policies.REGISTER_BATCH):
        with isolated_item(context.log, f"registering {row.key}", quoting=quoting) as item:
            register(context, installation, row)
        if item.failed:
            back_off.failed(row.key)
        else:
            back_off.succeeded(row.key)
            registered += 1
    return registered


def clear_all_deleted(context: dg.OpExecutionContext, installation: Installation) -> int:
    """Erase what is left of deleted recordings that are due. A failure delays no other. Returns how many were due.

    Raises: StoreUnavailable.
    """
    due = installation.store.deletions.due(policies.DELETED_BATCH)
    if due:
        clear_round(installation, due, DagsterRegister(context.instance, installation))
    return len(due)


def _materialization(row: Recording) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(RECORDING, partition=row.key, metadata=recording_metadata(row))
