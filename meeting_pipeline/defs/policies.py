"""Policies of Dagster's side: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
INTAKE_LOOK_SECONDS: Final = 1.0
"""While an intake run waits for slow inspections, it looks this often for files that have arrived meanwhile."""
INTAKE_UPLOAD_BYTES: Final = 64 * 1024**2
"""Recordings up to this size are ordered by the intake run itself; larger ones by runs that hold up no intake."""
ORDER_RUNS: Final = 3
"""Runs that order at the same time: a slow upload must not hold up the orders behind it."""
ORDER_PATIENCE_SECONDS: Final = 8.0
"""An order that is due this long starts a run of its own: what was just taken in is ordered by its intake."""

# --- In-run retries -----------------------------------------------------------------------------------------------
RUN_RETRIES: Final = 2
"""Retries inside a run: for hiccups of seconds. Longer waits are due times in the database."""
RUN_RETRY_DELAY_SECONDS: Final = 2.0
"""First in-run wait; exponential, with jitter."""
RUN_RETRY_AFTER_CAP_SECONDS: Final = 15.0
"""A Retry-After up to this is waited for inside the run; a longer one becomes a due time."""

# --- Handing in over HTTP -------------------------------------------------------------------------------------------
ERASE_RUN_SECONDS: Final = 5.0
"""A run of a deleted recording that ended less than this ago is erased in the next round: what it said last, with the key in it,
is still on its way to the logs."""
DELETED_BATCH: Final = 50
"""Deleted recordings cleared by one run."""
REGISTER_BATCH: Final = 200
"""Recordings made known to Dagster by one run: a few milliseconds each."""

# --- Supervision of the running system --------------------------------------------------------------------------------
WORKER_AFTERLIFE_SECONDS: Final = 60.0
"""A worker whose run has been over for this long is ended: writing the last events and closing takes a second."""
WORKER_AFTERLIFE_RUNS: Final = 100
"""Runs that ended last and are looked at for this."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_RETRY_BUDGET_SECONDS: Final = 90.0
"""A run goes on trying for so long: it may hold what was paid for, and a restart of a database takes a minute."""
INTAKE_SEEN: Final = 1000
"""Files that a waiting intake compares with what it knows; more are looked at when its wait is over."""

# --- Cross-meeting tables and revisions ---------------------------------------------------------------------------
REFRESH_BATCH: Final = 200
"""Minutes written again per run: rendering takes milliseconds."""

# --- Sensors ------------------------------------------------------------------------------------------------------
SENSOR_SECONDS: Final = 5
"""Interval of the sensors that move recordings on; Dagster's own sensor loop turns every 5 s."""
SLOW_SENSOR_SECONDS: Final = 15
"""Interval of the sensors that only repair or refresh."""

# --- Priorities (Dagster: higher is sooner; a backfill has 0) -------------------------------------------------------
PRIORITY_DELIVERY: Final = 30
"""One short run tells many submitters what is finished already."""
PRIORITY_INTAKE: Final = 20
"""One run starts many transcriptions, which take minutes elsewhere."""
PRIORITY_NEW_RECORDING: Final = 10
"""Somebody waits for it; nobody waits at a backfill of old recordings."""
PRIORITY_GAP: Final = -5
"""Gaps and cross-meeting tables can wait for everything else."""

# --- Ownership ----------------------------------------------------------------------------------------------------
OWNER: Final = "team:meeting-records"
"""Owner of every asset, job and sensor."""

# --- Names that Dagster's records carry -----------------------------------------------------------------------------
TROUBLE_TAG: Final = "meeting_pipeline/trouble"
"""Run tag of an intake that the disk or the database let down: the code of the error."""
OUTCOME_TAG: Final = "meeting_pipeline/outcome"
"""Materialization tag: how far a result can be relied on."""
INSIGHTS_GROUP: Final = "insights"
"""Dagster's group of all insights: jobs select it, so that a new one is in them."""
OUTCOME_AVAILABLE: Final = "available"
OUTCOME_DRAFT: Final = "draft"
OUTCOME_GAP: Final = "gap"
OUTCOME_INCOMPLETE: Final = "incomplete"
"""Of minutes only: something is missing, and the minutes say what."""
TRANSCRIPTION_POOL: Final = "transcription"
"""Pool of steps that fetch or make transcripts."""
LLM_POOL: Final = "llm"
"""Pool of steps that ask a language model."""
INLINE_MARKDOWN_CHARACTERS: Final = 980
"""The Dagster UI shows Markdown of fewer than 1,000 characters in its tables; longer Markdown is behind a button."""
PREVIEW_CHARACTERS: Final = 4000
"""Of a text, no more goes into Dagster's event log: its rows are read whole by the UI."""
