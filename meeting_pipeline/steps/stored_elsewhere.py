"""Files of a recording that were stored in a folder that this machine does not have.

Several machines may share one database and have their own disks. That a file is not here says nothing about whether it
exists: only the machine that has the recording's folder can tell. A database in a file on this machine has no other machines.
Must not go here: reading the files (``transcription/stored_copy.py``).
"""

from typing import Final

from meeting_pipeline.domain.errors import STORED_ELSEWHERE, OperatorError
from meeting_pipeline.foundation.folder_identity import folder_identity
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables import Recording

ADVICE: Final = (
    "Start a worker there, or let this machine use the same folder of recordings. If that machine is gone for good, restore its "
    "folder from a backup, or submit the file again. The recording waits and resumes automatically."
)


def stored_elsewhere(installation: Installation, row: Recording) -> OperatorError | None:
    """The error for a file of this recording that is not here, if it was put into another folder; ``None`` if it belongs here.

    Raises: OSError (this machine's folder cannot be read).
    """
    if not belongs_elsewhere(installation, row.stored_in):
        return None
    return OperatorError(
        STORED_ELSEWHERE, f"The stored copy of this recording is on another machine ({row.stored_on}).", ADVICE
    )


def belongs_elsewhere(installation: Installation, stored_in: str | None) -> bool:
    """Whether the folder of recordings with this identity is not this machine's. ``None``: unknown, so it is expected here.

    Raises: OSError (this machine's folder cannot be read).
    """
    if installation.store.database.sqlite or stored_in is None:
        return False
    return folder_identity(installation.settings.recordings) != stored_in
