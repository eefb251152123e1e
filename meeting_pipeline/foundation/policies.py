"""Policies of the foundations: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Workers ------------------------------------------------------------------------------------------------------
WORKER_PROGRESS_TICKS: Final = 1
"""Clock ticks (10 ms) of CPU between two looks that say that a process is at work. One that is frozen or waits for ever uses
none; one of a hundred that share a processor uses 3 in 5 s."""

# --- Database -----------------------------------------------------------------------------------------------------
DISK_RESERVE_BYTES: Final = 50 * 1024**2
"""Intake leaves so much of the disk free, for the databases and logs of what was accepted already ..."""
DISK_RESERVE_SHARE: Final = 0.05
"""... or this share of a small disk."""
