"""Policies of the launcher: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Supervision of the running system --------------------------------------------------------------------------------
WORKER_END_SECONDS: Final = 3.0
"""The time a lost worker has after SIGTERM; then it and its children are killed. Its lease is already revoked."""
STOPPED_WRITER_SECONDS: Final = 10.0
"""A worker that is stopped and holds the lock of a SQLite database for this long is resumed: a write takes milliseconds, and all
others wait for it. Given the keeper's interval, three checks have seen it by then."""

# --- Warm run launcher --------------------------------------------------------------------------------------------
LAUNCH_START_SECONDS: Final = 60.0
"""Time limit for loading the code location: 3-5 s is usual, more on a busy or cold machine. A server that uses the CPU gets
more ..."""
LAUNCH_START_MAX_SECONDS: Final = 1800.0
"""... up to this limit."""
LAUNCH_REPLY_SECONDS: Final = 30.0
"""A fork takes some milliseconds; a server that is silent for this long counts as dead and is replaced."""
LAUNCH_CODE_CHECK_SECONDS: Final = 2.0
"""The minimum interval between checks of the source files: shorter than a person needs to save a file and press a button
twice."""
LAUNCH_REAP_SECONDS: Final = 0.5
"""The interval at which the server checks for dead workers, needed when a worker's child prevents the notification. Dagster's
code servers use the same interval."""
LAUNCH_JOIN_POLL_SECONDS: Final = 0.1
"""The interval at which ``join`` polls the storage; only tests and shutdowns call it."""

# --- Queue ------------------------------------------------------------------------------------------------------------
TASK_LOST_SECONDS: Final = 20.0
"""A run that was sent this long ago, that no worker has claimed and that is not in the queue any more was lost by the broker. A
worker claims a run within a second of taking it. With the sensor's interval of 15 s it is requested again well within 60 s."""
QUEUE_WORKER_SLOTS: Final = 2
"""Runs at the same time on one worker, unless an option says otherwise: they mostly wait for providers."""
QUEUE_DRAIN_SECONDS: Final = 60.0
"""How long a worker that is asked to stop may finish its runs; then they are ended, and others take over their recordings."""
QUEUE_RESTART_SECONDS: Final = (1.0, 30.0)
"""Shortest and longest wait before a queue worker that ended without being stopped is started again; doubles each time."""
QUEUE_STEADY_SECONDS: Final = 60.0
"""A queue worker that ran for this long starts the waits from the beginning."""
ANNOUNCE_SECONDS: Final = 10.0
"""A machine announces itself this often: at least twice before others call it silent (``LEASE_SECONDS``). A worker reads then
whether it still belongs to the installation, so it stops within this time after `up` was started with other keys or another
version."""
