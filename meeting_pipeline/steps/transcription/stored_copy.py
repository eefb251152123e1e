"""Checks whether the stored copy of a recording can be read, after an operation on files failed.

An ``OSError`` does not show its source: certificates, sockets and other files raise it too. A recording fails because of its
stored copy only if a separate read of that copy fails. A copy that was put into another folder than this machine's is not
missing, but elsewhere: the recording waits for a worker that has it (``steps/stored_elsewhere.py``).
Must not go here: submitted files (``foundation/atomic_files.py``), the state of the disk (``foundation/disk_space.py``).
"""

from meeting_pipeline.domain.errors import PipelineError, TransientError
from meeting_pipeline.foundation.disk_space import exhaustion, infrastructure_error_of
from meeting_pipeline.home import is_folder_absent
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.opening import read_to_end
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.steps.mounted_folder import not_mounted
from meeting_pipeline.steps.stored_elsewhere import stored_elsewhere
from meeting_pipeline.steps.stored_files import audio_of, missing_copy
from meeting_pipeline.store.tables import Recording


def typed_for(installation: Installation, row: Recording, error: OSError) -> PipelineError | None:
    """``typed`` for the stored copy of a recording. A file is gone only if the folder that it was put into is here.

    In object storage, a missing object was noticed when it was read.

    Raises: PermanentError ``no_content`` if nothing was stored.
    """
    if row.object_prefix is not None:
        return infrastructure_error_of(error)
    found = typed(error, audio_of(installation, row))
    if found is None or found.code != missing_copy().code:
        return found
    elsewhere = stored_elsewhere(installation, row)
    if elsewhere is None and is_folder_absent(installation.settings):
        return not_mounted()
    return elsewhere or found


def typed(error: OSError, audio: Audio) -> PipelineError | None:
    """The typed error for an ``OSError`` raised while processing a recording; ``None`` if its stored copy is not the cause.

    ``no_content`` if a file is gone, ``unreadable`` if it cannot be read, ``disk_full`` or ``disk_error`` if the disk is
    at fault, ``resources_exhausted`` if no file can be opened at present.
    """
    for path in (audio.media_path, audio.transcript_path):
        if path is None:
            continue
        try:
            read_to_end(path)
        except FileNotFoundError:
            return missing_copy()
        except OSError as found:
            short = exhaustion(found)
            if short is not None:
                return short
            reason = found.strerror or type(found).__name__
            return TransientError("unreadable", f"The stored copy of this recording cannot be read: {reason}.")
    return infrastructure_error_of(error)
