"""Policies of the Dagster side: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

from meeting_pipeline.foundation.run_tags import hidden_tag
from meeting_pipeline.steps.processing.policies import CATCH_UP_PRIORITY

# --- Intake -------------------------------------------------------------------------------------------------------
INTAKE_LOOK_SECONDS: Final = 1.0
"""While an intake run waits for slow inspections, it checks this often for files that have arrived meanwhile."""
INTAKE_SEEN: Final = 1000
"""Files that a waiting intake compares with those it knows; the rest are handled after the wait."""
INTAKE_UPLOAD_BYTES: Final = 64 * 1024**2
"""The intake run itself orders recordings up to this size; larger ones are ordered by runs that do not block intake."""
ORDER_RUNS: Final = 3
"""Runs that place orders in parallel: a slow upload must not delay the orders behind it."""
ORDER_PATIENCE_SECONDS: Final = 8.0
"""An order that is overdue by this much starts a separate run. New recordings are ordered by their intake run."""

# --- Registering and erasing ------------------------------------------------------------------------------------------
ERASE_RUN_SECONDS: Final = 5.0
"""A run of a deleted recording that ended more recently than this is erased in the next round: its last log lines, which
contain the key, are still being written."""
DELETED_BATCH: Final = 50
"""Deleted recordings cleared by one run."""
REGISTER_BATCH: Final = 200
"""Recordings registered with Dagster by one run: a few milliseconds each."""

# --- Supervision of the running system --------------------------------------------------------------------------------
WORKER_AFTERLIFE_SECONDS: Final = 60.0
"""A worker whose run has been over for this long is ended: writing the last events and closing takes a second."""
WORKER_AFTERLIFE_RUNS: Final = 100
"""How many of the latest finished runs are checked for such workers."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_RETRY_BUDGET_SECONDS: Final = 90.0
"""A run keeps retrying for this long: it may hold results that were paid for, and a database restart takes a minute."""

# --- Cross-meeting tables and revisions ---------------------------------------------------------------------------
REFRESH_BATCH: Final = 200
"""Minutes rewritten per run: rendering takes milliseconds."""

TABLES_LOOK_SECONDS: Final = 60
"""The sizes and times of the files of the cross-meeting tables are checked this often: a file that a person removed or edited is
written again within a minute or two."""

# --- Sensors ------------------------------------------------------------------------------------------------------
WOKEN_SENSOR_SECONDS: Final = 1
"""Shortest interval of the sensors that advance recordings. Without work they run every 5 s, like all sensors; with work they
are woken (``daemon/``)."""
SENSOR_SECONDS: Final = 5
"""Interval of the other sensors; Dagster's own sensor loop runs every 5 s."""
CAMPAIGN_PLOT_SECONDS: Final = 300.0
"""While a campaign runs, the asset of campaigns is refreshed this often, and whenever the state of one has changed: a run costs
two seconds of a processor."""
SLOW_SENSOR_SECONDS: Final = 15
"""Interval of the sensors that only repair or refresh."""
COMPARE_SECONDS: Final = 45
"""Interval of the sensor that compares partitions with recordings: a partition that was deleted comes back within a minute."""
COMPARE_ALL_SECONDS: Final = 24 * 3600.0
"""It compares all of them this often, which takes longer the more there are (a second for 100,000), and otherwise only what has
changed."""
COMPARE_OVERLAP_SECONDS: Final = 600.0
"""It checks again the recordings registered this long before its last tick: a slow transaction commits rows of earlier times."""

# --- Priorities (Dagster: higher is sooner; a backfill has 0) -------------------------------------------------------
PRIORITY_DELIVERY: Final = 30
"""One short run informs many submitters of finished recordings."""
PRIORITY_INTAKE: Final = 20
"""One run starts many transcriptions, which then take minutes at the provider."""
PRIORITY_NEW_RECORDING: Final = 10
"""Somebody waits for it; nobody waits for a backfill of old recordings."""
PRIORITY_GAP: Final = CATCH_UP_PRIORITY
"""Gaps and cross-meeting tables can wait for everything else."""

# --- Ownership ----------------------------------------------------------------------------------------------------
OWNER: Final = "team:meeting-records"
"""Owner of every asset, job and sensor."""

# --- Names that Dagster's records carry -----------------------------------------------------------------------------
REPEATS_TAG: Final = hidden_tag("repeats")
"""Tag of a run that repeats a lost one, with its id: what was bought under that counts as its own."""
TROUBLE_TAG: Final = "meeting_pipeline/trouble"
"""Run tag of an intake that failed because of the disk or the database: the code of the error."""
OUTCOME_TAG: Final = "meeting_pipeline/outcome"
"""Materialization tag: how far a result can be relied on."""
INSIGHTS_GROUP: Final = "insights"
"""Dagster's group of all insights: jobs select the group, so that new insights are included."""
TRANSCRIPTION_POOL: Final = "transcription"
"""Pool of steps that fetch or make transcripts."""
LLM_POOL: Final = "llm"
"""Pool of steps that call a language model."""
INLINE_MARKDOWN_CHARACTERS: Final = 980
"""The Dagster UI shows Markdown of fewer than 1,000 characters in its tables; longer Markdown is behind a button."""
PREVIEW_CHARACTERS: Final = 4000
"""Limit for any text in Dagster's event log: the UI reads whole rows."""

# --- Retention ------------------------------------------------------------------------------------------------------
PRUNE_CRON: Final = "30 3 * * *"
"""When the job `prune` starts, in UTC: at night in Europe, and it delays nobody elsewhere."""
VOICES_CRON: Final = "0 1 * * *"
"""When the job `make_voices` starts, in UTC: it takes processor time, and nobody waits for suggestions."""
PRUNE_SECONDS: Final = 3600.0
"""Longest round of `prune`. What is left is for the next night; only the first one after years has so much to do."""
PRUNE_RUNS: Final = 50
"""Old runs handled at a time: a few thousand events, read in some ten milliseconds."""
PRUNE_PAGE: Final = 1000
"""Runs read at a time to find the old ones."""
PRUNE_ROWS: Final = 500
"""Rows removed in one transaction, which takes some ten milliseconds: SQLite lets nobody else write meanwhile."""
PRUNE_PAUSE_SECONDS: Final = 0.5
"""Longest pause between two transactions. A pause is as long as the transaction before it, so that others can write."""
PRUNE_PAGES: Final = 250
"""Freed pages given back in one transaction: 1 MB, whose pages may have to be read from the disk first."""

# --- Dagster's databases --------------------------------------------------------------------------------------------
COMPACTING_SECONDS: Final = 60.0
"""Longest rewrite of a SQLite database of Dagster: enough for several GB. Its writers wait for up to 90 s
(``dagster_storage/policies.py``)."""
