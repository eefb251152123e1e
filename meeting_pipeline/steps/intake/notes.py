"""Notes on attempted items: one small file each below the home, named by a hash.

They are files because they must be readable while the database is unavailable or the disk is full, and must survive a run.
Must not go here: the content of a note (``attempts.py``, ``back_off.py``).
"""

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.units import SECONDS_PER_DAY

_KEPT_SECONDS: Final = 30 * SECONDS_PER_DAY
"""Notes not written for this long are removed: their files or recordings are gone."""


def remove_old_notes(folder: Path) -> None:
    """Remove the notes of this folder that have not been written for ``_KEPT_SECONDS``."""
    oldest = time.time() - _KEPT_SECONDS
    for note in folder.glob("*.json"):
        with suppress(OSError):
            if note.stat().st_mtime < oldest:
                note.unlink(missing_ok=True)
