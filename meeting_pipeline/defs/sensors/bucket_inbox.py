"""``bucket_inbox``: settled objects in the bucket of the inbox start the ``intake`` job.

A tick lists a part of the bucket; its cursor says where the next one continues. Without a bucket it does nothing.
Must not go here: how the bucket is listed (``steps/intake/bucket/looks.py``), what happens to an object (``taking.py`` there).
"""

import json
import time

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import intake
from meeting_pipeline.defs.sensors.intake_waits import intake_waits
from meeting_pipeline.defs.sensors.requests import batch_run
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.bucket.looks import cursor_of, list_bucket


@dg.sensor(
    job=intake,
    minimum_interval_seconds=policies.SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Finds settled objects in the bucket that `MEETING_PIPELINE_INBOX_URL` names, if there is one. Each tick lists a "
    "part of it.",
)
@skip_on_database_error
def bucket_inbox(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.RunRequest | dg.SkipReason:
    """One intake run for everything that has settled."""
    bucket = installation.inbox_bucket
    if bucket is None:
        return dg.SkipReason("No bucket is set as an inbox.")
    try:
        _look(context, installation, bucket)
    except (StoreUnavailable, StorageRefused) as error:
        return dg.SkipReason(one_line(str(error)))
    objects = installation.store.inbox_objects
    if not objects.is_waiting(intake_policies.SETTLE_SECONDS) and not objects.unfinished(limit=1):
        left = objects.count("left")
        return dg.SkipReason(f"No settled objects in the bucket.{f' {left} are left out.' if left else ''}")
    lack = lacking(installation.settings.recordings)
    if lack is not None:
        return dg.SkipReason(one_line(str(lack)))
    wait = intake_waits(context.instance, installation, lambda _: False)
    if wait is not None:
        return dg.SkipReason(wait)
    return batch_run(context, intake.name, "There are settled objects in the bucket.")


def _look(context: dg.SensorEvaluationContext, installation: Installation, bucket: InboxBucket) -> None:
    """Look if it is time to. In the middle of a round it always is. A failed look is repeated at the next tick but one."""
    try:
        given = json.loads(context.cursor or "{}")
        next_s = float(given.get("next_s", 0.0))
    except (ValueError, TypeError, AttributeError):  # people can edit it in the UI: begin again
        given, next_s = {}, 0.0
    now = time.time()
    interval = intake_policies.BUCKET_LOOK_SECONDS
    if next_s - interval <= now < next_s:
        return
    cursor = cursor_of(given.get("at"), bucket.url)
    next_s = now + interval
    try:
        cursor = list_bucket(installation, bucket, cursor)
        if cursor.after:
            next_s = now
    finally:
        context.update_cursor(json.dumps({"at": str(cursor), "next_s": next_s}))
