"""Policies of the UI guard: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

UI_SESSION_SECONDS: Final = 12 * 3600.0
"""How long a login to the Dagster UI lasts: a working day, and no longer than its key."""
UI_FAILED_LOGINS: Final = 10
"""Unknown keys that the UI looks up per ``UI_FAILED_LOGINS_SECONDS``. Keys cannot be guessed; this keeps those who try from
loading the database. It counts all callers together: behind a proxy they have one address."""
UI_FAILED_LOGINS_SECONDS: Final = 60.0
"""Time to forget a failed login; who mistyped a key waits no longer than this."""
UI_BODY_BYTES: Final = 4 * 1024**2
"""Longest request to the UI: its queries have some 20 kB, and a backfill names each of its partitions in some 100 bytes."""
