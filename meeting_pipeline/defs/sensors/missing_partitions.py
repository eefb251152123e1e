"""``missing_partitions``: registers recordings again whose partition a person deleted in the UI, and new versions.

Without it, no result of such a recording could be made again, not even by ``reprocess``. Requests of the other sensors create a
missing partition at once (``requests.py``).
Must not go here: comparing (``defs/ops/comparing.py``), adding and removing partitions (``defs/ops/registering.py``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.evaluation import register_versions
from meeting_pipeline.defs.ops.comparing import compare
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.stale import note_in_use

_SHOWN: Final = 5
"""Keys that a tick names; the log has all of them."""


@dg.sensor(
    minimum_interval_seconds=policies.COMPARE_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Compares the partitions with the store. A partition that was deleted in the UI is added back, because "
    "its recording still exists. To delete a recording: `meeting-pipeline delete`.",
)
@skip_on_database_error
def missing_partitions(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SkipReason:
    """Compare once. It requests no run: the other sensors do, for whatever was waiting."""
    done = compare(context.instance, installation, context.cursor)
    context.update_cursor(done.cursor)
    added = done.added
    for insight in note_in_use(installation):
        context.log.info(
            "%s has a new fingerprint; `meeting-pipeline stale` lists the results that are now stale.", insight
        )
    for version in register_versions(context.instance, installation):
        context.log.info("The version %s can be measured: it has a partition of `evaluation` now.", version)
    for key in added:
        context.log.warning("The partition of %s was deleted, but not its recording, so it was added again.", key)
    shown = f" Added: {', '.join(added[:_SHOWN])}{' ...' if len(added) > _SHOWN else ''}." if added else ""
    compared = "all partitions" if done.whole else "what has changed"
    return dg.SkipReason(
        f"{len(added)} partitions were missing and added, {len(done.removed)} of deleted recordings removed.{shown} "
        f"Compared: {compared}."
    )
