"""Policies of the launcher: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Supervision of the running system --------------------------------------------------------------------------------
WORKER_END_SECONDS: Final = 3.0
"""A worker that was given up gets so long after SIGTERM; then it and its children are killed. Its lease is gone already."""

# --- Warm run launcher --------------------------------------------------------------------------------------------
LAUNCH_START_SECONDS: Final = 60.0
"""Time to load the code location; 3-5 s here, more on a busy or cold machine: one that uses the CPU gets more of it ..."""
LAUNCH_START_MAX_SECONDS: Final = 1800.0
"""... up to this."""
LAUNCH_REPLY_SECONDS: Final = 30.0
"""A fork takes some milliseconds; a server that is silent for this long is taken for dead, and replaced."""
LAUNCH_CODE_CHECK_SECONDS: Final = 2.0
"""The source files are looked at this often at most: sooner than a person can save a file and press a button twice."""
LAUNCH_REAP_SECONDS: Final = 0.5
"""The server looks for dead workers this often when a worker's own child keeps it from being told; Dagster's code
servers look as often."""
LAUNCH_JOIN_POLL_SECONDS: Final = 0.1
"""How often ``join`` asks the storage; only tests and shutdowns call it."""
