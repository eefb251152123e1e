"""WebhookEvents Dagster which recordings there are: partition and materialization added for new ones, removed for deleted ones.

The store is the truth: what Dagster was not told of is found there, and telling it twice changes nothing. A partition that
a person deletes in the UI comes back, because its recording is still there; to delete a recording there is a command. Must
not go here: taking files in (``intake.py``), what else is left of deleted recordings (``steps/operations/delete.py``).
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
from meeting_pipeline.steps.isolation import one_of_many
from meeting_pipeline.steps.operations.delete import clear_round
from meeting_pipeline.store.tables import Recording

_BACK_OFF: Final = "registering"
_log = logging.getLogger(__name__)


def register(context: dg.OpExecutionContext, installation: Installation, row: Recording) -> None:
    """Make a recording known: a materialized ``recording``, a partition, and a note in its row."""
    # Each by itself: a run before may have died between any two, and `transcripts_ready` adds partitions too.
    materialized = dg.AssetRecordsFilter(asset_key=RECORDING, asset_partitions=[row.key])
    if not context.instance.fetch_materializations(materialized, limit=1).records:
        context.log_event(redacted(installation.settings, _materialization(row)))
    ensure_partitions(context.instance, installation, [row.key])
    crash_point("intake.partitions_added", row.key)
    installation.store.recordings.note_registered([row.key])


def ensure_partitions(instance: dg.DagsterInstance, installation: Installation, keys: Collection[str]) -> set[str]:
    """Add the partitions that are missing of these recordings. Returns the keys that have one now.

    A key without a recording gets none: it was deleted meanwhile.
    """
    if not keys:
        return set()
    with placing(installation):  # nobody deletes a recording between the look and its partition
        present = installation.store.recordings.existing(keys)
        if present:
            instance.add_dynamic_partitions(RECORDINGS, sorted(present))  # leaves alone those that are there
    return present


def without_partition(instance: dg.DagsterInstance, keys: Iterable[str]) -> list[str]:
    """Those of these keys that have no partition."""
    known = set(instance.get_dynamic_partitions(RECORDINGS))
    return [key for key in keys if key not in known]


def register_missing(instance: dg.DagsterInstance, installation: Installation) -> list[str]:
    """Register again each recording whose partition is gone, as after a person deleted it in the UI. Returns their keys.

    Recordings that were never registered are left to ``register_new``, which materializes them too.
    """
    missing = without_partition(instance, installation.store.recordings.registered_keys())
    registered: set[str] = set()
    for start in range(0, len(missing), policies.REGISTER_BATCH):  # the lock below holds up intake
        registered |= ensure_each_partition(instance, installation, missing[start : start + policies.REGISTER_BATCH])
    return sorted(registered)


def ensure_each_partition(instance: dg.DagsterInstance, installation: Installation, keys: Collection[str]) -> set[str]:
    """As ``ensure_partitions``. A key for which that fails unexpectedly is logged and left out; the others get theirs."""
    present: set[str] = set()
    with one_of_many(_log, f"adding {len(keys)} partitions at once") as together:
        present = ensure_partitions(instance, installation, keys)
    for key in keys if together.failed else ():
        with one_of_many(_log, f"adding the partition of {key}"):
            present |= ensure_partitions(instance, installation, [key])
    return present


def unregister_deleted(instance: dg.DagsterInstance, installation: Installation) -> list[str]:
    """Remove partitions of deleted recordings that are back, or that a restored backup holds. Returns their keys.

    What a person added by hand and no recording ever had is theirs, and stays.
    """
    found = instance.get_dynamic_partitions(RECORDINGS)
    removed = []
    for key in sorted(installation.store.deletions.cleared_among(found)):
        with one_of_many(_log, "removing the partition of a deleted recording"):
            instance.delete_dynamic_partition(RECORDINGS, key)
            removed.append(key)
    return removed


def to_register(installation: Installation, limit: int) -> Sequence[Recording]:
    """Recordings that Dagster does not know yet, the oldest first, without those that wait after a failure."""
    back_off = BackOff(installation.settings.home, _BACK_OFF, installation.store.context)
    rows = installation.store.recordings.unregistered(limit + back_off.count())
    return [row for row in rows if not back_off.waits(row.key)][:limit]


def register_new(context: dg.OpExecutionContext, installation: Installation) -> int:
    """Make known what was accepted elsewhere. Returns how many.

    One that fails unexpectedly is logged and due again later. Raises: StoreUnavailable.
    """
    back_off = BackOff(installation.settings.home, _BACK_OFF, installation.store.context)
    back_off.tidy()
    quoting, registered = installation.settings.ui_previews == "on", 0
    for row in to_register(installation, policies.REGISTER_BATCH):
        with one_of_many(context.log, f"registering {row.key}", quoting=quoting) as item:
            register(context, installation, row)
        if item.failed:
            back_off.failed(row.key)
        else:
            back_off.succeeded(row.key)
            registered += 1
    return registered


def clear_all_deleted(context: dg.OpExecutionContext, installation: Installation) -> int:
    """Erase what is left of deleted recordings and due; one that fails delays no other. Returns how many were due.

    Raises: StoreUnavailable.
    """
    due = installation.store.deletions.due(policies.DELETED_BATCH)
    if due:
        clear_round(installation, due, DagsterRegister(context.instance, installation))
    return len(due)


def _materialization(row: Recording) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(RECORDING, partition=row.key, metadata=recording_metadata(row))
