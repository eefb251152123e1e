"""Policies of the daemon: intervals, each with its reason.

Must not go here: code that acts on them, intervals of single sensors (``defs/policies.py``).
"""

from typing import Final

ALL_SENSORS_SECONDS: Final = 5.0
"""All sensors are evaluated this often, as by Dagster's own daemon: the safety net if the waker misses something."""
RESTING_SECONDS: Final = 30.0
"""... except sensors that would be woken and have nothing to do: on an idle system, their evaluations are most of its work ..."""
QUIET_SECONDS: Final = 30.0
"""... and except all others too, once nothing was open and nothing committed for this long: they repair, refresh and tidy what
runs leave behind."""
IDLE_KNOWN_SECONDS: Final = 2.0
"""How long the waker's last check counts for that; it makes two a second."""
WATCH_SECONDS: Final = 0.1
"""How often the waker asks SQLite for new commits, which takes some microseconds. PostgreSQL notifies."""
TURN_SECONDS: Final = 0.5
"""How often the waker looks at the drop folder and at the time. An empty folder takes a tenth of a millisecond ..."""
FOLDER_SHARE: Final = 20.0
"""... and after a look that took longer, the next one waits this many times as long: at most 5 % of a core."""
WAKE_FIRST_SECONDS: Final = 1.0
"""Shortest time between two evaluations of a woken sensor; doubles while there is nothing new ..."""
WAKE_MAX_SECONDS: Final = 5.0
"""... up to the interval at which it is evaluated anyway."""
POLL_FIRST_SECONDS: Final = 1.0
"""Shortest time between two polls of a provider for orders in flight."""
POLL_AGE_SHARE: Final = 0.2
"""The interval of polls, as a share of the age of the youngest order: 1 s while it is 5 s old, 5 s from 25 s on."""
POLL_ORDERS_A_SECOND: Final = 100.0
"""The interval of polls is at least a second for this many orders in flight: a page of a provider's list has about as many."""
ANNOUNCED_SECONDS: Final = 60.0
"""An order that its provider calls finished is polled for at once, and for this long again and again if it is not in the list
yet, with back-off. After that only as often as any order: a provider's webhook decides nothing."""
COORDINATOR_SECONDS: Final = 0.5
"""Shortest time between two checks of the queue because something was committed. It is checked once more after that: Dagster
records the end of a run a moment after the run's last commit, and its slot is free only then."""
BACKFILL_LOOK_SECONDS: Final = 2.0
"""How often the daemon asks whether there is an unfinished backfill: one query by an index."""
BACKFILL_AGE_SHARE: Final = 0.2
"""The interval of checks of backfills, as a share of the age of the youngest: 2 s while it is 10 s old. From 150 s on it is 30 s,
as in Dagster's own daemon, because checking a large one takes seconds of CPU time."""
STOP_SECONDS: Final = 0.5
"""Longest wait in one piece, so that the daemon stops promptly."""
ROUND_SHARE: Final = 10.0
"""After a round of questions, the waker waits this many times as long as it took: at most a tenth of a core."""
REPAIR_SECONDS: Final = 5.0
"""Wait after the waker failed, or lost the database. The sensors are evaluated as usual meanwhile."""
