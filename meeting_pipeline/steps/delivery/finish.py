"""Finishes a recording: writes the minutes to its folder, then commits outcome and webhook events in one transaction.

Must not go here: how minutes look (``domain/minutes.py``), which changes make an event (``store/outbox/webhook_events.py``).
"""

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from meeting_pipeline.domain.errors import PermanentError, WorkerFenced
from meeting_pipeline.domain.fingerprints import minutes_fingerprint
from meeting_pipeline.domain.minutes import minutes_markdown
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.disk_space import infrastructure_error_of
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.fingerprints import fingerprints_in_use
from meeting_pipeline.steps.mounted_folder import is_absent_here
from meeting_pipeline.store.recordings.state_machine import Seen

_log = logging.getLogger(__name__)
MINUTES_FILE = "minutes.md"


@dataclass(frozen=True)
class Finished:
    """The minutes and the new revision. ``revision`` is ``None`` if nothing has changed since the last event.

    ``fingerprint``: that of minutes which rest on insights that were made like those of the record.
    """

    record: MeetingRecord
    minutes: str
    version: int
    revision: int | None
    path: str
    fingerprint: str = ""


def finish(installation: Installation, key: str, run_id: str) -> Finished:
    """Write the minutes from the available results and complete the recording.

    Raises: PermanentError ``no_transcript``; WorkerFenced; StoreUnavailable (also if the disk of the recordings is at fault).
    """
    store = installation.store
    if not store.due_work.has_transcript(key):
        raise PermanentError(
            "no_transcript", "There are no minutes without a transcript.", "Materialize `transcript` first."
        )
    # Render the minutes of a completed recording: an earlier failure no longer applies.
    row = store.recordings.get(key)
    seen = Seen(row.changed_at)  # before the record: a person may rename a speaker at any time
    record = _as_completed(store.records.get(key))
    minutes = minutes_markdown(record)
    path = installation.settings.recordings / key / MINUTES_FILE
    if not store.leases.holds(run_id):  # writing the file checks no lease
        raise WorkerFenced(run_id)
    # Beside the recording's other files, or nowhere: its deletion does not find a file on another machine's disk.
    # One in object storage has no folder: its minutes are rendered when they are needed.
    if row.object_prefix is None and not is_absent_here(installation, row.stored_in):
        _write_beside(path, minutes)
    crash_point("finishing.minutes_written", key)
    stored = store.results.store_minutes(key, run_id, hashlib.sha256(minutes.encode()).hexdigest())
    crash_point("finishing.minutes_stored", key)
    revision = store.lifecycle.complete(key, run_id, seen)
    crash_point("finishing.committed", key)
    return Finished(record, minutes, stored.version, revision, str(path), _fingerprint(installation, key))


def _write_beside(path: Path, minutes: str) -> None:
    """Raises: StoreUnavailable if the disk or the machine is at fault: the recording waits, and no attempt is used up.

    A problem of this one folder, such as its owner, holds nothing up: the minutes are rendered when they are needed.
    """
    try:
        write_durably(path, minutes)
    except OSError as error:
        trouble = infrastructure_error_of(error)
        if trouble is not None:
            raise trouble from error
        _log.warning("the minutes are not written to %s: %s", path, error.strerror or type(error).__name__)


def as_finished(installation: Installation, record: MeetingRecord, version: int) -> Finished:
    """The existing minutes, rendered from the record: the file may be missing or of an earlier version. Writes nothing."""
    path = installation.settings.recordings / record.key / MINUTES_FILE
    completed = _as_completed(record)
    minutes = minutes_markdown(completed)
    made = _fingerprint(installation, record.key)
    return Finished(completed, minutes, version, record.revision or None, str(path), made)


def _fingerprint(installation: Installation, key: str) -> str:
    """An insight that is missing counts as made in the way that is in use: it is a gap, and not stale."""
    in_use, made = fingerprints_in_use(installation.analyst), installation.store.origins.of(key)
    return minutes_fingerprint({name: made.get(name, fingerprint) for name, fingerprint in in_use.items()})


def _as_completed(record: MeetingRecord) -> MeetingRecord:
    return replace(record, status=RecordingStatus.COMPLETED, error=None)
