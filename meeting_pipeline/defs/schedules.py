"""The schedules: what happens by the clock. Everything else starts when something is due (``sensors/``).

Must not go here: what a job does (``jobs.py``).
"""

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import prune

nightly_prune = dg.ScheduleDefinition(
    name="nightly_prune",
    job=prune,
    cron_schedule=policies.PRUNE_CRON,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Removes what is older than the settings say, so that nothing grows for ever.",
)
