"""Rejects a file of the drop folder: notifies the submitter by webhook, and moves the files to ``rejected/`` with the reason.

Must not go here: why a file is rejected (``ingest.py``), the folder and the note (``quarantine.py``).
"""

from datetime import UTC, datetime
from pathlib import Path

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import Source
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.arrival import Arrival, dated_meeting, plain_name
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.intake.quarantine import move_to_rejected
from meeting_pipeline.steps.intake.report import Refused
from meeting_pipeline.steps.intake.settling import state_of


def refuse(
    installation: Installation,
    candidate: Candidate,
    error: PipelineError,
    source: Source,
    options: SidecarOptions | None,
) -> Refused:
    """Notify a submitter who gave a valid webhook URL, then move the files to ``rejected/``.

    The order matters: if we crash in between, the next run repeats both, and the submitter is still notified only once.
    ``options``: ``None`` if they cannot be read.
    """
    key: str | None = None
    if options is not None and options.webhook_url is not None:
        problem = Problem(error.code, error.message, error.advice)
        name = plain_name(candidate.main.name)
        origin = candidate.origin
        identity = hash_json([name, *(state_of(candidate.main) if origin is None else [origin.identity])])
        arrival = Arrival(name, modified_at(candidate.main), options, source)
        dated = dated_meeting(installation, arrival, None)
        key = installation.store.recordings.refuse(
            name, options, source, dated.day, problem, identity=identity, timezone=dated.zone
        )
    crash_point("refusing.told", candidate.main.name)
    note = move_to_rejected(candidate, error, installation.settings.rejected, key)
    return Refused(error.code, error.message, note)


def modified_at(path: Path) -> datetime | None:
    """When the file was last changed; ``None`` for an invalid time: file systems store any number."""
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OverflowError, ValueError, OSError):  # the C library raises OSError for the largest numbers
        return None
