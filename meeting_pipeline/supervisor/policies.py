"""Policies of the supervisor: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Supervision of the running system --------------------------------------------------------------------------------
PROBE_SECONDS: Final = 5.0
"""Interval at which the parts of a running system are probed: milliseconds of CPU each."""
PROBE_WORK_SECONDS: Final = 15.0
"""Interval of the checks of the daemon's marks and of the HTTP service's dependencies while all parts work: they are most of the
cost of a probe. If anything is wrong, they run in every round."""
PROBE_TIMEOUT_SECONDS: Final = 10.0
"""Time limit for one response, times ``busy``: the factor by which the machine is overloaded."""
PROBE_BUSY_MAX: Final = 10.0
"""Upper limit of ``busy``: 20 computing programs on two processors. A part that is down is still detected, after minutes."""
PART_SILENT_SECONDS: Final = 25.0
"""A part that has not responded for this long, times ``busy``, is restarted: two probes with their time limits."""
PART_STOPPED_SECONDS: Final = 10.0
"""A process stopped by a signal (SIGSTOP) for this long is restarted, whatever the load."""
TICKS_SILENT_SECONDS: Final = 60.0
"""If no sensor has ticked for this long, times ``busy``, the daemon is restarted. Sensors tick every 5 s, in threads; every 30 s
while there is nothing to do (``daemon/policies.py``)."""
DAEMON_SILENT_SECONDS: Final = 300.0
"""A daemon thread whose heartbeat is older than this, times ``busy``, hangs. They beat every 30 s; an iteration can be long."""
PART_GRACE_SECONDS: Final = 60.0
"""A part that was just started is not judged for this long, times ``busy``, unless it works sooner; 3-10 s on an idle machine."""
HEAL_FIRST_SECONDS: Final = 30.0
"""Minimum time between two restarts of a part that does not work; doubles with each ..."""
HEAL_MAX_SECONDS: Final = 900.0
"""... up to this: if restarts do not help, more of them will not either, and each interrupts work."""
HEAL_FORGET_SECONDS: Final = 900.0
"""A part that has worked for this long since its last restart begins again with ``HEAL_FIRST_SECONDS``."""
HEALTH_NOTE_SECONDS: Final = 5.0
"""`up` writes its health note this often ..."""
HEALTH_STALE_SECONDS: Final = 60.0
"""... and a note older than this means that `up` itself does not work."""
START_REPORT_SECONDS: Final = 60.0
"""While `up` starts, it reports this often what it waits for."""
START_STUCK_SECONDS: Final = 120.0
"""A starting process that is alive but has used no CPU for this long hangs, and is restarted."""
START_TRIES: Final = 4
"""A process that exits this often in a row while `up` starts would exit again: `up` says why and ends too."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_WAIT_REPORT_SECONDS: Final = 60.0
"""Interval at which `up` reports that it still waits for the database."""

# --- Logs ---------------------------------------------------------------------------------------------------------
LOG_FILE_BYTES: Final = 100 * 1024**2
"""A log file that would grow larger is renamed to NAME.log.1, replacing the previous one: weeks of a busy system, and at most
200 MB per process."""
LOG_SETTLE_SECONDS: Final = 0.3
"""A printed record waits this long for lines that belong to it, such as a traceback's, which are written at once."""
LOG_READ_BYTES: Final = 64 * 1024
"""Bytes read from a pipe at a time: the capacity of a pipe on Linux."""
