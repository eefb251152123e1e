"""Policies of the store: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

from meeting_pipeline.policies import CALL_SECONDS, WEBHOOK_TOTAL_SECONDS, WORKER_SILENCE_SECONDS

# --- Transcription ------------------------------------------------------------------------------------------------
TRANSCRIPT_ATTEMPTS: Final = 3
"""Tries across runs before a recording is ``failed``: an outage of some minutes is outlasted, a broken request ends soon."""
OPERATOR_RETRY_SECONDS: Final = 120.0
"""How soon a recording that waits for a person to mend a key or an account looks again."""
ORDER_DEADLINE_SECONDS: Final = 24 * 3600.0
"""An order that is not done by then is failed as ``provider_timeout``; a 10 h file takes minutes, queues take hours."""

# --- Outages of providers -------------------------------------------------------------------------------------------
OUTAGE_FIRST_SECONDS: Final = 15.0
"""Wait before a provider that is out is asked again; doubles each time. A hiccup costs no more than this."""
OUTAGE_MAX_SECONDS: Final = 600.0
"""Then it is asked every ten minutes: one request costs nothing, and this is what everybody waits at most once it is back."""

# --- Insights -----------------------------------------------------------------------------------------------------
ASKED_ELSEWHERE_SECONDS: Final = CALL_SECONDS + 60.0
"""A question that another live run asked so long ago is not waited for any more: its call has ended, one way or another."""

# --- Gaps ---------------------------------------------------------------------------------------------------------
GAP_FIRST_SECONDS: Final = 60.0
"""Wait before a missing insight is asked for again; doubles each time up to ``GAP_MAX_SECONDS``."""
GAP_MAX_SECONDS: Final = 3600.0
"""Then hourly."""
GAP_REQUEST_SECONDS: Final = 45.0
"""A request for a gap that no run has begun for so long is made again: with the sensor's interval, a lost one within a minute.
While its run is queued the repetition changes nothing: Dagster knows its run key."""
GAP_GIVE_UP_SECONDS: Final = 24 * 3600.0
"""A gap older than this is left to people (``reprocess``)."""

# --- Handing in over HTTP -------------------------------------------------------------------------------------------
IDEMPOTENCY_SECONDS: Final = 24 * 3600.0
"""An answer is given again for a day: clients repeat within minutes, people the next morning."""
IDEMPOTENCY_LEASE_SECONDS: Final = 30.0
"""A claim not renewed for so long is over: its service died."""
FORGET_FIRST_SECONDS: Final = 60.0
"""Wait before what is left of a deleted recording is cleared again; doubles each time ..."""
FORGET_MAX_SECONDS: Final = 6 * 3600.0
"""... up to this, without end: a person asked for it to be gone."""

# --- Workers ------------------------------------------------------------------------------------------------------
WORKER_STEP_SECONDS: Final = 2 * 3600.0
"""A recording at which nothing was stored for this long, and ``WORKER_STEP_PER_AUDIO`` on top, has a worker that is stuck,
however busy it is. Uploads have 30 minutes, a provider's call 3; insights of ten hours are some 80 calls, four at a time."""
WORKER_STEP_PER_AUDIO: Final = 4.0
"""The offline engine takes about the length of the recording on a slow core; here is room for four beside it."""
WORKER_BATCH_SECONDS: Final = 12 * 3600.0
"""A batch run (intake, orders, webhooks, tables) older than this is stuck: 50 uploads of half an hour take six hours."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_BLIP_SECONDS: Final = 3.0
"""A transaction that meets a database that is away is begun again for so long: what ended a connection is over by then.
Longer than this nobody waits at a command, nor does a sensor, whose next tick looks again."""
DATABASE_SILENCE_SECONDS: Final = 15.0
"""A process that heard nothing from the database for so long was cut off from it. Its sensors ask every 5 s; a lease lapses
after ``LEASE_SECONDS``, which must be longer than this and a heartbeat."""
DATABASE_GRACE_SECONDS: Final = 15.0
"""Workers get so long to renew their leases after a cut: a heartbeat's interval and one attempt to connect."""

# --- Webhooks -----------------------------------------------------------------------------------------------------
WEBHOOK_SILENT_SENDER_SECONDS: Final = WORKER_SILENCE_SECONDS + WEBHOOK_TOTAL_SECONDS
"""So long after its last heartbeat a sender that is alive has ended what it had begun: others may send it."""
WEBHOOK_DISABLE_SECONDS: Final = 5 * 86400.0
"""An endpoint all of whose attempts failed for this long is given up: longer than the whole schedule of one delivery."""
WEBHOOK_FAILING_GAP_SECONDS: Final = 2 * 86400.0
"""Failures further apart than this are not in a row: the longest wait between two attempts is 24 h and a fifth, so that
nothing was tried in between."""

# --- HTTP service -------------------------------------------------------------------------------------------------
API_KEY_NOTED_SECONDS: Final = 60.0
"""The use of a key is noted this often at most: reading must not become writing."""

# --- Live events --------------------------------------------------------------------------------------------------
EVENTS_POLL_SECONDS: Final = 0.5
"""SQLite cannot tell that something was committed: one reader for all clients looks this often, and that takes microseconds."""

# --- Cross-meeting tables and revisions ---------------------------------------------------------------------------
REVISION_QUIET_SECONDS: Final = 3.0
"""Results that changed are rendered and told after this much quiet, so that a reprocessing gives one revision."""
CATALOG_QUIET_SECONDS: Final = 10.0
"""The cross-meeting tables refresh after this much quiet ..."""
CATALOG_MAX_WAIT_SECONDS: Final = 120.0
"""... or when the oldest change is this old: a steady stream must not starve them."""

# --- Sensors ------------------------------------------------------------------------------------------------------
QUEUED_RUNS: Final = 100
"""Requested runs that wait in Dagster at a time: its coordinator sorts its whole queue every second."""

# --- Metrics ------------------------------------------------------------------------------------------------------
METRIC_HOSTS: Final = 50
"""Webhook hosts with labels of their own, the first that there were; all others are `other`."""
