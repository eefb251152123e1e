"""The schedules: jobs that start at fixed times. Everything else starts when work is due (``sensors/``).

Must not go here: what a job does (``jobs.py``).
"""

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import make_voices, prune
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.voices.making import has_work

nightly_prune = dg.ScheduleDefinition(
    name="nightly_prune",
    job=prune,
    cron_schedule=policies.PRUNE_CRON,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Removes what is older than the settings say, so that nothing grows forever.",
)


@dg.schedule(
    job=make_voices,
    cron_schedule=policies.VOICES_CRON,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Starts `make_voices` if voices are turned on and recordings lack them.",
)
def nightly_voices(installation: dg.ResourceParam[Installation]) -> dg.RunRequest | dg.SkipReason:
    """Request a run if there is something to do."""
    try:
        lacking = has_work(installation)
    except StoreUnavailable as error:
        return dg.SkipReason(one_line(str(error)))
    return dg.RunRequest() if lacking else dg.SkipReason("Voices are turned off, or no recording lacks them.")
