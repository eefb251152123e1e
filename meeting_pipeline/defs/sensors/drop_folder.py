"""``drop_folder``: settled files in the drop folder start the ``intake`` job.

So do recordings submitted over HTTP that Dagster does not know yet, and deleted ones that are not fully erased. With an
empty drop folder this costs two index lookups.
Must not go here: when a file is settled (``steps/intake/inbox.py``), what happens to it (``steps/intake/batch.py``).
"""

import time
from pathlib import Path

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import intake
from meeting_pipeline.defs.ops.registering import to_register
from meeting_pipeline.defs.sensors.intake_waits import intake_waits
from meeting_pipeline.defs.sensors.requests import batch_run
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import Candidate, find_settled
from meeting_pipeline.steps.intake.left_out import as_counts, as_line, left_behind
from meeting_pipeline.steps.intake.settling import looks_of


@dg.sensor(
    job=intake,
    minimum_interval_seconds=policies.WOKEN_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Finds settled files below the drop folder, and recordings submitted or deleted over HTTP. The intake run "
    "lists them itself, so its configuration contains no file names.",
)
@skip_on_database_error
def drop_folder(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.RunRequest | dg.SkipReason:
    """One intake run for everything that has settled."""
    why = _wanted_for(installation)
    if why is None:
        behind = left_behind(installation.settings)
        left = as_line(behind) if installation.settings.ui_previews == "on" else as_counts(behind)
        return dg.SkipReason(f"No settled files in the drop folder. {left}".rstrip())
    lack = lacking(installation.settings.recordings)
    if lack is not None:
        return dg.SkipReason(one_line(str(lack)))
    wait = intake_waits(context.instance, installation, lambda began: _arrived_since(installation, began))
    if wait is not None:
        return dg.SkipReason(wait)
    return batch_run(context, intake.name, why)


def _wanted_for(installation: Installation) -> str | None:
    """Why an intake run is needed; ``None`` if it is not."""
    if _settled(installation):
        return "There are settled files in the drop folder."
    if to_register(installation, limit=1):
        return "Recordings were submitted over HTTP."
    if installation.store.deletions.due(limit=1):
        return "Something is left of deleted recordings."
    return None


def _settled(installation: Installation) -> list[Candidate]:
    """The files that an intake run would take, without those in back-off after a failed move."""
    attempts, now_s = Attempts(installation.settings.home), time.time()
    looks = looks_of(installation.settings.home)
    return find_settled(
        installation.settings.inbox,
        time.monotonic(),
        policies.INTAKE_SEEN,
        looks,
        lambda candidate: attempts.deferral_reason(candidate, now_s) is not None,
    )


def _arrived_since(installation: Installation, began: float) -> bool:
    arrived = installation.store.registrations.newest_unregistered()
    if arrived is not None and arrived.timestamp() > began:
        return True
    return any(_changed_at(path) > began for candidate in _settled(installation) for path in candidate.files)


def _changed_at(path: Path) -> float:
    try:
        return path.lstat().st_ctime
    except OSError:
        return 0.0  # gone again
