"""Policies of the command line: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

DISK_WARN_BYTES: Final = 5 * 1024**3
"""Warn if free space is less than one recording of the largest size (``MAX_RECORDING_BYTES``) ..."""
DISK_FAIL_BYTES: Final = 500 * 1024**2
"""... and fail if it is less than a few hours of audio with databases and logs."""
DISK_WARN_FILES: Final = 10_000
"""Warn if the disk has room for fewer files than some hundred recordings make."""
PROBE_LINK_SECONDS: Final = 60.0
"""How long the link to the object that `doctor` writes is valid, and how long its reading may take."""
CLOCK_SKEW_SECONDS: Final = 2.0
"""Clocks that NTP keeps are milliseconds apart. From here on, the order of log lines of two machines can no longer be trusted."""
