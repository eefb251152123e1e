"""Policies that several rooms share, each with its reason: how long, how often, how many, in which order.

What only one room uses is in that room's ``policies.py``; what differs per installation is in ``settings.py``. Must not
go here: code that acts on them. No Dagster import: the domain reads these too.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
LEFT_OUT_SHOWN: Final = 5
"""Files left out that a message names; it counts the others."""
INTAKE_BATCH: Final = 50
"""Recordings per intake run. Spreads a run's fixed CPU cost; a crash repeats at most this many cheap checks."""
STAGING_SECONDS: Final = 24 * 3600.0
"""A half made copy older than this was left by a crash, where the file system has no locks to tell: no copy takes that long."""
MAX_RECORDING_HOURS: Final = 10.0
"""Longest recording that this system takes, whoever transcribes; checked on decoded audio before anything is bought. A
provider may take less (``providers/spec.py``)."""
MAX_RECORDING_BYTES: Final = 5 * 1024**3
"""Largest file that this system takes (5 GB)."""
MAX_TRANSCRIPT_BYTES: Final = 20 * 1024**2
"""A transcript export larger than this is no transcript: ten hours of talk are below 1 MB."""

# --- Transcription ------------------------------------------------------------------------------------------------
RETRY_BASE_SECONDS: Final = 60.0
"""Wait before the second try; doubles each time. With three tries: 60 and 120 s."""
RETRY_MAX_SECONDS: Final = 3600.0
"""No single wait between tries is longer, unless the provider asks for it by Retry-After."""

# --- In-run retries -----------------------------------------------------------------------------------------------
CALL_SECONDS: Final = 180.0
"""Wall-clock limit of one provider call, whatever drips in; uploads have ``UPLOAD_SECONDS``."""

# --- Handing in over HTTP -------------------------------------------------------------------------------------------
SLOW_INSPECTIONS_AT_ONCE: Final = 4
"""Slow inspections side by side. With the quick ones they bound memory: ``INSPECTION_MEMORY_BYTES`` each at worst."""
SLOW_INSPECTIONS_WAITING: Final = 64
"""Uploads that wait for one of these places. More are asked to retry: what is slow must not block what is not."""
INSPECTION_SECONDS: Final = 3600.0
"""No inspection takes longer by the clock ..."""
INSPECTION_CLOCK_SHARE: Final = 10
"""... nor longer than this many times its processor time: the machine may be busy, the disk slow, and a slow inspection has a
tenth of a processor then."""
COMPACTING_SECONDS: Final = 10.0
"""Longest rewrite of a SQLite database. Writers wait for it, and give up after 30 s."""

# --- Workers ------------------------------------------------------------------------------------------------------
HEARTBEAT_SECONDS: Final = 5.0
"""A run renews its lease this often, from a thread of its own; so does the lease keeper for a worker that computes and cannot."""
LEASE_SECONDS: Final = 30.0
"""A lease not renewed for this long is silent: six missed heartbeats, and well below the promised 60 s. Its process is looked
at then: one that is at work keeps its lease."""
WORKER_SILENCE_SECONDS: Final = LEASE_SECONDS / 2
"""A worker that could not renew its lease for this long begins no delivery: others may soon take it for dead."""
WORKER_LOSSES: Final = 3
"""A recording whose worker died this often is failed as ``worker_lost``: it may be what kills them."""
QUEUED_GRACE_SECONDS: Final = 90.0
"""A requested run that Dagster does not know after this long is requested again, if its records of ticks do not say sooner
that it is lost. A tick hands its requests over one by one: the last of ``RUN_REQUESTS_PER_TICK`` is known after up to 30 s
on two busy cores, and must not be asked for twice."""
REQUESTS_CHECKED: Final = 100
"""Requested runs that a tick looks for in Dagster with one query, the oldest first. Runs begin in the order of their
requests, so that a lost one comes to the front."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_RETRY_FIRST_SECONDS: Final = 0.1
"""Wait before a transaction is begun again; doubles each time, with jitter ..."""
DATABASE_RETRY_MAX_SECONDS: Final = 3.0
"""... up to this: whoever waits goes on soon after the database is back."""
INTAKE_RETRY_FIRST_SECONDS: Final = 30.0
"""Wait after an intake that the disk or the database let down; doubles each time up to ``INTAKE_RETRY_MAX_SECONDS``."""
INTAKE_RETRY_MAX_SECONDS: Final = 600.0
"""Then every ten minutes. A new file is looked at at once."""

# --- Webhooks -----------------------------------------------------------------------------------------------------
WEBHOOK_TOTAL_SECONDS: Final = 30.0
"""Connect, send and answer, in all."""
WEBHOOK_CONNECT_SECONDS: Final = 5.0
"""Connecting takes milliseconds or does not work."""
WEBHOOK_LEASE_SECONDS: Final = 90.0
"""A delivery taken by a worker that died is taken again after this: three times the total limit."""

# --- HTTP service -------------------------------------------------------------------------------------------------
API_KEYS_SEEN_SECONDS: Final = 2.0
"""A running service notices within this time that its first key was made. Each key that is shown is looked up anyway."""
API_STOP_SECONDS: Final = 3
"""Time for requests to end by themselves when the service stops; `up` kills what is left after 12."""

# --- What people say about results ---------------------------------------------------------------------------------
SPEAKER_NAME_CHARACTERS: Final = 120
"""Longest name that a person may give a speaker: as long as one that is found (``INSIGHT_NAME_CHARACTERS``)."""

# --- Sensors ------------------------------------------------------------------------------------------------------
RUN_REQUESTS_PER_TICK: Final = 20
"""Run requests per tick. Dagster takes 0.2 s to create a run, 1.4 s while other runs keep two cores busy, and what became
ready meanwhile waits for the next tick."""
SPARE_RUNS: Final = 4
"""Run slots beside those of recordings, so that intake, orders, webhooks and tables never wait for recordings."""

# --- Offline drafts -----------------------------------------------------------------------------------------------
DRAFT_FACT_CONFIDENCE: Final = 0.6
"""Below this mean word confidence no action item or decision of a draft is presented as a fact. Synthetic speech that
transcribes well measured 0.75, badly transcribed audio 0.31-0.49 (four files: a hint, not a calibration)."""

# --- Metrics ------------------------------------------------------------------------------------------------------
STATISTICS_EVENTS: Final = 2000
"""Events counted in one transaction, which takes some 0.1 s ..."""
STATISTICS_ROUNDS: Final = 5
"""... and so many of them in one scrape: what is left after an upgrade is counted by the next ones."""
STAGE_BUCKETS_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 86400.0)
"""Buckets of stage durations: a stage takes a second when all is well, and up to the deadline of an order, a day."""

# --- Names that Dagster's records carry -----------------------------------------------------------------------------
REQUEST_TAG: Final = "meeting_pipeline/request"
"""Run tag of runs that our sensors request; a run without it was asked for by a person."""
