"""Policies of the command line: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

DISK_WARN_BYTES: Final = 5 * 1024**3
"""Less free space than one recording of the largest size (``MAX_RECORDING_BYTES``) is worth a warning ..."""
DISK_FAIL_BYTES: Final = 500 * 1024**2
"""... and less than a few hours of audio with its databases and logs is a failure."""
