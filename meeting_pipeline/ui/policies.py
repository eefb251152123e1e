"""Policies of the UI guard: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

UI_SESSION_SECONDS: Final = 12 * 3600.0
"""How long a login to the Dagster UI lasts: a working day, and no longer than its key."""
UI_FAILED_LOGINS: Final = 10
"""Unknown keys that the UI looks up per ``UI_FAILED_LOGINS_SECONDS``. Keys cannot be guessed; this keeps attempts from loading
the database. All callers are counted together: behind a proxy they share one address."""
UI_FAILED_LOGINS_SECONDS: Final = 60.0
"""Time after which a failed login no longer counts; after a mistyped key, nobody waits longer than this."""
UI_BODY_BYTES: Final = 4 * 1024**2
"""Longest request to the UI: its queries have about 20 kB, and a backfill names each of its partitions in about 100 bytes."""
