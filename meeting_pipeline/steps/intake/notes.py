"""Notes on items that were tried: one small file each below the home, named by a hash.

Files, because neither a database that is away nor a full disk may keep them from being read, and they outlive a run. Must
not go here: what a note says (``attempts.py``, ``back_off.py``).
"""

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_KEPT_SECONDS: Final = 30 * 86400.0
"""Notes of items that were not tried for so long are removed: their files or recordings are gone."""


def remove_old_notes(folder: Path) -> None:
    """Remove the notes of this folder that nobody wrote for long."""
    oldest = time.time() - _KEPT_SECONDS
    for note in folder.glob("*.json"):
        with suppress(OSError):
            if note.stat().st_mtime < oldest:
                note.unlink(missing_ok=True)
