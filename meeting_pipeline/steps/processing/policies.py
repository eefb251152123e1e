"""Policies of processing: limits and sizes, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

BATCH_CONNECTIONS: Final = 5
"""Database connections of a shared run: its threads share as many as a run of one needs, since each transaction takes
milliseconds. ``store/engine/connection_limits.py`` counts one more for Dagster."""
CATCH_UP_RUNS: Final = 2
"""Shared runs that fill gaps or reprocess at the same time, where recordings have three runs or more; with fewer, one: see
``catch_up.py``, from which ``up`` fills in the limit in Dagster's configuration. With 16 calls each they make 32 calls at a
time, and new recordings still find a run."""
CATCH_UP_PRIORITY: Final = -5
"""Their place in Dagster's queue: behind new recordings (10) and what people start in the UI (0)."""
LIMIT_RESET_CAP_SECONDS: Final = 60.0
"""Longest wait for a rate limit that an answer calls used up: a minute, the span of most limits. Limits of a day reset later; the
next call then gets an HTTP 429, which says what to do."""
LIMIT_NEWS_SECONDS: Final = 0.5
"""A call that waits for a limit looks this often whether an answer to another call has reported more, or the run is over."""
LIMIT_MARGIN: Final = 0.02
"""Share of a rate limit that a run leaves to others. The provider counts the calls of the whole account, but a run learns of
those of other runs only with its next answer."""
RUNS_AT_HAND: Final = 1
"""Runs requested while all are busy: when one ends, the next starts at once instead of after the next look of the sensor."""
