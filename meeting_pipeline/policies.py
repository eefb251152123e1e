"""Policies shared by several packages, each with its reason: durations, frequencies, limits, order.

What only one package uses is in its ``policies.py``; values that differ per installation are in ``settings/``. Must not go here:
code that uses them. No Dagster import: the domain uses these too.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
LEFT_OUT_SHOWN: Final = 5
"""Ignored files that a message names; it only counts the others."""
INTAKE_BATCH: Final = 50
"""Recordings per intake run. Spreads a run's fixed CPU cost; after a crash at most this many cheap checks are repeated."""
STAGING_SECONDS: Final = 24 * 3600.0
"""On file systems without locks, an unfinished copy older than this was left by a crash: no copy takes that long."""
MAX_RECORDING_HOURS: Final = 10.0
"""Longest recording that this system accepts with any provider; checked on decoded audio before anything is bought. A
provider may have a lower limit (``providers/spec.py``)."""
MAX_RECORDING_BYTES: Final = 5 * 1024**3
"""Largest file that this system accepts (5 GB)."""
MAX_TRANSCRIPT_BYTES: Final = 20 * 1024**2
"""A larger file is not a transcript export: ten hours of speech are below 1 MB."""

# --- Transcription ------------------------------------------------------------------------------------------------
RETRY_BASE_SECONDS: Final = 60.0
"""Wait before the second attempt; doubles each time. With three attempts: 60 and 120 s."""
RETRY_MAX_SECONDS: Final = 3600.0
"""Longest wait between two attempts, unless the provider's Retry-After asks for more."""

# --- In-run retries -----------------------------------------------------------------------------------------------
RUN_RETRIES: Final = 2
"""Retries inside a run, for failures that last seconds. Longer waits are due times in the database."""
RUN_RETRY_DELAY_SECONDS: Final = 2.0
"""First wait inside a run; exponential, with jitter."""
RUN_RETRY_AFTER_CAP_SECONDS: Final = 15.0
"""A Retry-After up to this is waited for inside the run; a longer one becomes a due time."""
CALL_SECONDS: Final = 180.0
"""Wall-clock limit of one provider call, even if data keeps arriving; uploads have ``UPLOAD_SECONDS``."""

# --- Submitting over HTTP -------------------------------------------------------------------------------------------
SLOW_INSPECTIONS_AT_ONCE: Final = 4
"""Parallel slow inspections. Together with the quick ones they bound memory: at worst ``INSPECTION_MEMORY_BYTES`` each."""
SLOW_INSPECTIONS_WAITING: Final = 64
"""Uploads that wait for one of these slots. Others must retry later: slow inspections must not block quick ones."""
INSPECTION_SECONDS: Final = 3600.0
"""Wall-clock limit of an inspection ..."""
INSPECTION_CLOCK_SHARE: Final = 10
"""... which also ends after this many times its processor-time limit: on a busy machine or a slow disk, a slow inspection may
get only a tenth of a processor."""

# --- Workers ------------------------------------------------------------------------------------------------------
HEARTBEAT_SECONDS: Final = 5.0
"""A run renews its lease this often, from a separate thread; the lease keeper does it for a worker that is too busy computing."""
LEASE_SECONDS: Final = 30.0
"""A lease that was not renewed for this long is silent: six missed heartbeats, well below the promised 60 s. Its process is
then checked: if it is still working, it keeps the lease."""
WORKER_SILENCE_SECONDS: Final = LEASE_SECONDS / 2
"""A worker that could not renew its lease for this long starts no delivery: others may soon consider it lost."""
WORKER_LOSSES: Final = 3
"""A recording fails as ``worker_lost`` after its worker died this often: the recording may be the cause."""
QUEUED_GRACE_SECONDS: Final = 90.0
"""A requested run that Dagster does not know after this long is requested again, unless Dagster's tick records show earlier
that it is lost. A tick submits its requests one by one: on two busy cores, it takes up to 30 s until the last of
``RUN_REQUESTS_PER_TICK`` is known, and it must not be requested twice."""
REQUESTS_CHECKED: Final = 100
"""Requested runs that a tick looks up in Dagster with one query, oldest first. Runs start in the order of their requests, so
a lost one moves to the front."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_RETRY_FIRST_SECONDS: Final = 0.1
"""Wait before a transaction is retried; doubles each time, with jitter ..."""
DATABASE_RETRY_MAX_SECONDS: Final = 3.0
"""... up to this, so that waiting callers continue soon after the database is back."""
INTAKE_RETRY_FIRST_SECONDS: Final = 30.0
"""Wait after an intake that failed because of the disk or the database; doubles each time up to ``INTAKE_RETRY_MAX_SECONDS``."""
INTAKE_RETRY_MAX_SECONDS: Final = 600.0
"""From then on every ten minutes. A new file is checked immediately."""

# --- Webhooks -----------------------------------------------------------------------------------------------------
WEBHOOK_TOTAL_SECONDS: Final = 30.0
"""Total limit for connecting, sending and receiving the response."""
WEBHOOK_CONNECT_SECONDS: Final = 5.0
"""Connecting takes milliseconds, or fails."""
WEBHOOK_OWN_SECONDS: Final = 2.0
"""A new delivery is left to the run that completed its recording for this long; then the sensor sends it. The run takes it
within a tenth of this, and a second run next to it would find nothing."""
MAIL_TOTAL_SECONDS: Final = 60.0
"""Total limit for handing one mail to the mail server: greylisting and virus scanners take seconds."""
MAIL_LEASE_SECONDS: Final = 180.0
"""A mail taken by a lost worker is taken again after this: three times the total limit."""
WEBHOOK_LEASE_SECONDS: Final = 90.0
"""A delivery taken by a lost worker is taken again after this: three times the total limit."""

# --- HTTP service -------------------------------------------------------------------------------------------------
API_KEYS_SEEN_SECONDS: Final = 2.0
"""A running service notices within this time that its first key was created. A key in a request is always looked up."""
CODE_SERVER_LOOK_SECONDS: Final = 5.0
"""The daemon and the UI ask this often whether the code server was restarted. With Dagster's 1 s, these questions are a large
part of what an idle system does; restarting a code server takes longer than this."""
API_STOP_SECONDS: Final = 3
"""Time for requests to finish when the service stops; `up` kills the rest after 12 s."""

# --- Speaker names from people ---------------------------------------------------------------------------------
SPEAKER_NAME_CHARACTERS: Final = 120
"""Longest name that a person may give a speaker: the same limit as for extracted names (``INSIGHT_NAME_CHARACTERS``)."""

# --- Sensors ------------------------------------------------------------------------------------------------------
RUN_REQUESTS_PER_TICK: Final = 20
"""Run requests per tick. Dagster takes 0.2 s to create a run, or 1.4 s while other runs keep two cores busy, and recordings
that become ready meanwhile wait for the next tick."""
SPARE_RUNS: Final = 4
"""Run slots in addition to those of recordings, so that intake, orders, webhooks and tables never wait for recordings."""

# --- Offline drafts -----------------------------------------------------------------------------------------------
DRAFT_FACT_CONFIDENCE: Final = 0.6
"""Below this mean word confidence, no action item or decision of a draft is presented as a fact. Measured: 0.75 for synthetic
speech that transcribes well, 0.31-0.49 for badly transcribed audio (four files: a hint, not a calibration)."""

# --- Metrics ------------------------------------------------------------------------------------------------------
STATISTICS_EVENTS: Final = 2000
"""Events counted in one transaction, which takes about 0.1 s ..."""
STATISTICS_ROUNDS: Final = 5
"""... and transactions in one scrape: after an upgrade, later scrapes count the rest."""
STAGE_BUCKETS_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 86400.0)
"""Buckets of stage durations: normally a stage takes a second, at most a day, the deadline of an order."""

# --- Names that Dagster's records carry -----------------------------------------------------------------------------
REQUEST_TAG: Final = ".dagster/meeting_pipeline_request"
"""Tag of runs that our sensors and `reprocess` request: Dagster limits how many run at a time. A run of one recording without it
was started by a person."""
REPROCESS_TAG: Final = "meeting_pipeline/reprocess"
"""Tag of a backfill that `reprocess` started, after its own plan and question: the limits of backfills started in the UI are not
for it."""
CATCH_UP_TAG: Final = "meeting_pipeline/catch_up"
"""Tag of shared runs that nobody waits for: gaps and reprocessing. Dagster limits how many run at a time, so that they leave at
least one run to new recordings (``steps/processing/catch_up.py``)."""
CAMPAIGN_TAG: Final = "meeting_pipeline/campaign"
"""Tag of the runs of a campaign: its name."""
PORTION_TAG: Final = ".dagster/meeting_pipeline_campaign_portion"
"""Tag of such a run: the number of the portion that it was requested for."""
OUTCOME_AVAILABLE: Final = "available"
"""Values of ``OUTCOME_TAG``: the result is there,"""
OUTCOME_DRAFT: Final = "draft"
"""it is a draft,"""
OUTCOME_GAP: Final = "gap"
"""or it is missing."""
OUTCOME_INCOMPLETE: Final = "incomplete"
"""For minutes only: something is missing, and the minutes say what."""

# --- Edits by people ------------------------------------------------------------------------------------------------
EDITED_ITEM_CHARACTERS: Final = 1_000
"""Longest text of an item that a person writes: the same limit as for extracted ones (``INSIGHT_STATEMENT_CHARACTERS``)."""
EDITED_SEGMENT_CHARACTERS: Final = 20_000
"""Longest corrected segment: twenty minutes of one voice without a pause."""
EDITED_PEOPLE: Final = 30
"""People that a decision or a meeting's list of participants may name by an edit of one item."""
ADDED_ITEMS: Final = 500
"""Items and decisions that people can add to one recording. Each load of its record reads them."""
EDITS_KEPT: Final = 10_000
"""Edits of one recording. Each is a row of its history, which is kept as long as the recording."""
EDITS_SHOWN: Final = 500
"""Newest edits that one answer lists."""
