"""Policies of the supervisor: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Supervision of the running system --------------------------------------------------------------------------------
PROBE_SECONDS: Final = 5.0
"""The parts of a running system are asked this often whether they work: milliseconds of CPU each."""
PROBE_TIMEOUT_SECONDS: Final = 10.0
"""Time for one answer, times ``busy``: the factor by which the machine is overloaded."""
PROBE_BUSY_MAX: Final = 10.0
"""Patience grows with the load, up to this: 20 programs that compute on two processors. A part that is down is found all the
same, after minutes."""
PART_SILENT_SECONDS: Final = 25.0
"""A part that has not answered for so long, times ``busy``, is restarted: two looks with their time limits."""
PART_STOPPED_SECONDS: Final = 10.0
"""A process that somebody stopped (SIGSTOP) for so long is restarted; load has no part in this."""
TICKS_SILENT_SECONDS: Final = 45.0
"""No sensor ticked for so long, times ``busy``: the daemon is restarted. Seven sensors tick every 5 s, all in threads."""
DAEMON_SILENT_SECONDS: Final = 300.0
"""A daemon's thread whose heartbeat is older than this, times ``busy``, hangs: they beat every 30 s; a turn can be long."""
PART_GRACE_SECONDS: Final = 60.0
"""A part that was just started is not judged for so long, times ``busy``, unless it works sooner; 3-10 s on a quiet machine."""
HEAL_FIRST_SECONDS: Final = 30.0
"""Least time between two restarts of a part that does not work; doubles with each ..."""
HEAL_MAX_SECONDS: Final = 900.0
"""... up to this: what restarts do not cure is not made better by more of them, and each costs work."""
HEAL_FORGET_SECONDS: Final = 900.0
"""A part that has worked for so long since its last restart starts over with ``HEAL_FIRST_SECONDS``."""
HEALTH_NOTE_SECONDS: Final = 5.0
"""`up` notes this often what it has found ..."""
HEALTH_STALE_SECONDS: Final = 60.0
"""... and a note older than this says that `up` itself does not work."""
START_REPORT_SECONDS: Final = 60.0
"""While `up` starts it says this often what it waits for."""
START_STUCK_SECONDS: Final = 120.0
"""A process that starts, is alive, and has used no CPU for so long hangs and is started again."""
START_TRIES: Final = 4
"""A process that ends by itself so often in a row while `up` starts would end again: `up` says why and ends too."""
START_SERVER_SECONDS: Final = 3600
"""Time that Dagster gives its code to load, and a server to hear from its front: a machine under load is late, not broken."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_WAIT_REPORT_SECONDS: Final = 60.0
"""`up` says this often that it still waits for the database."""

# --- Logs ---------------------------------------------------------------------------------------------------------
LOG_FILE_BYTES: Final = 100 * 1024**2
"""A log file that would grow larger is renamed to NAME.log.1, in the place of the one before: weeks of a busy system, and at
most 200 MB a process."""
LOG_SETTLE_SECONDS: Final = 0.3
"""A printed record waits so long for lines that belong to it, as those of a traceback do: they are written at once."""
LOG_READ_BYTES: Final = 64 * 1024
"""Read from a pipe at a time: what a pipe holds on Linux."""
