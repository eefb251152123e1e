"""Whether intake waits because its latest runs failed: shared by the sensors of its sources.

Must not go here: what has arrived (``drop_folder.py``, ``bucket_inbox.py``).
"""

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import intake
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.installation import Installation

_LOOKED_AT: Final = 10
"""Latest runs read to count consecutive intake failures; with this many, the wait is at its maximum."""


def intake_waits(
    instance: dg.DagsterInstance, installation: Installation, arrived_since: Callable[[float], bool]
) -> str | None:
    """Why intake is deferred: the disk or the database failed the last attempts, and nothing has arrived since.

    ``arrived_since`` gets the time at which the last attempt began, in seconds since 1970.
    """
    latest = instance.get_run_records(dg.RunsFilter(job_name=intake.name), limit=_LOOKED_AT)
    failed = list(itertools.takewhile(lambda record: policies.TROUBLE_TAG in record.dagster_run.tags, latest))
    if not failed or failed[0].end_time is None:
        return None
    wait = backoff_s(
        len(failed) - 1, shared_policies.INTAKE_RETRY_FIRST_SECONDS, shared_policies.INTAKE_RETRY_MAX_SECONDS
    )
    again = failed[0].end_time + wait * installation.store.context.time_scale
    if time.time() >= again or arrived_since(failed[0].create_timestamp.timestamp()):
        return None
    code = failed[0].dagster_run.tags[policies.TROUBLE_TAG]
    at = datetime.fromtimestamp(again, UTC)
    return (
        f"Intake could not continue ({code}); run {failed[0].dagster_run.run_id} says why. The next attempt is at "
        f"{at:%H:%M:%S} UTC."
    )
