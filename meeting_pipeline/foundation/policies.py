"""Policies of the foundations: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Workers ------------------------------------------------------------------------------------------------------
WORKER_PROGRESS_TICKS: Final = 1
"""Minimum CPU clock ticks (10 ms) between two checks for a process to count as working. A process that is frozen or waits
forever uses none; one of a hundred that share a processor uses 3 in 5 s."""

# --- Database -----------------------------------------------------------------------------------------------------
DISK_RESERVE_BYTES: Final = 50 * 1024**2
"""Intake leaves this many bytes of the disk free, for the databases and logs of recordings already accepted ..."""
DISK_RESERVE_SHARE: Final = 0.05
"""... or this share of a small disk."""
DISK_RESERVE_FILES: Final = 500
"""Intake leaves room for this many files, or for that share of a small disk: a recording takes about five, and a database makes
files while it writes."""
