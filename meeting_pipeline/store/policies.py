"""Policies of the store: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from datetime import timedelta
from typing import Final

from meeting_pipeline.policies import CALL_SECONDS, LEASE_SECONDS, WEBHOOK_TOTAL_SECONDS, WORKER_SILENCE_SECONDS

# --- Transcription ------------------------------------------------------------------------------------------------
TRANSCRIPT_ATTEMPTS: Final = 3
"""Attempts across runs before a recording is ``failed``: enough to outlast an outage of a few minutes, few enough that a broken
request fails soon."""
OPERATOR_RETRY_SECONDS: Final = 120.0
"""How often a recording that waits for a person to fix a key or an account is retried."""
ELSEWHERE_RETRY_SECONDS: Final = 20.0
"""How soon a recording is retried whose files the last worker did not have: each try costs a run, and the next may have them."""
ORDER_DEADLINE_SECONDS: Final = 24 * 3600.0
"""An order not finished by then fails as ``provider_timeout``; a 10 h file takes minutes, queues take hours."""

PART_LOST_CALLS: Final = 3
"""Calls for one part of a recording that may be billed without an answer, before no more are made: a server without orders
cannot be asked what it did. With parts of 20 minutes this is at most an hour of audio paid for in vain."""
VARIANT_REMEMBERED_DAYS: Final = 7
"""How long it is remembered which form of request a transcription server takes: after an update it may take a better one."""

# --- Outages of providers -------------------------------------------------------------------------------------------
OUTAGE_FIRST_SECONDS: Final = 15.0
"""Wait before an unavailable provider is probed again; doubles each time. A hiccup costs no more than this."""
OUTAGE_MAX_SECONDS: Final = 600.0
"""Upper limit of that wait, ten minutes: a probe is free, and this is the longest delay once the provider is back."""

# --- Insights -----------------------------------------------------------------------------------------------------
ASKED_ELSEWHERE_SECONDS: Final = CALL_SECONDS + 60.0
"""After this long, a call that another live run started for the same question is no longer waited for: it has ended, one way or
another."""
RECORDING_CORRECTIONS: Final = 12
"""Second calls about answers that could not be used, or not in full, for one recording. Three for each of the four insights: a
model that needs more cannot do it, and each costs as much as a first call. A run that a person requested starts a new count."""

# --- Gaps ---------------------------------------------------------------------------------------------------------
GAP_FIRST_SECONDS: Final = 60.0
"""Wait before a missing insight is retried; doubles each time up to ``GAP_MAX_SECONDS``."""
GAP_MAX_SECONDS: Final = 3600.0
"""From then on, hourly."""
GAP_REQUEST_SECONDS: Final = 45.0
"""A request for a gap that no run has started within this time is made again: with the sensor's interval, a lost request is
repeated within a minute. While its run is queued, repeating it changes nothing: Dagster knows its run key."""
GAP_GIVE_UP_SECONDS: Final = 24 * 3600.0
"""A gap older than this is no longer retried; a person can ``reprocess`` it."""

# --- Submitting over HTTP -------------------------------------------------------------------------------------------
IDEMPOTENCY_SECONDS: Final = 24 * 3600.0
"""A response is repeated for a day: clients retry within minutes, people the next morning."""
IDEMPOTENCY_LEASE_SECONDS: Final = 30.0
"""A claim not renewed for this long has ended: its service died."""
FORGET_FIRST_SECONDS: Final = 60.0
"""Wait before the remains of a deleted recording are cleared again; doubles each time ..."""
FORGET_MAX_SECONDS: Final = 6 * 3600.0
"""... up to this, and never stops: a person asked for it to be gone."""

# --- Workers ------------------------------------------------------------------------------------------------------
WORKER_STEP_SECONDS: Final = 2 * 3600.0
"""If nothing was stored for a recording for this long plus ``WORKER_STEP_PER_AUDIO``, its worker is stuck, however busy it is.
Uploads have 30 minutes, a call of a provider 3; insights of ten hours are some 80 calls, four at a time."""
WORKER_STEP_PER_AUDIO: Final = 4.0
"""The offline engine takes about the length of the recording on a slow core; this leaves room for four in parallel."""
WORKER_BATCH_SECONDS: Final = 12 * 3600.0
"""A batch run (intake, orders, webhooks, tables) older than this is stuck: 50 uploads of half an hour take six hours."""
FENCED_SECONDS: Final = CALL_SECONDS + LEASE_SECONDS
"""A worker that was asked to stop has this long to end: one call, and a heartbeat that came late. Then its process is ended."""
SHARED_REQUESTS: Final = 3
"""From the next request on, a recording gets its own run: there, a worker's death or a bug counts for it alone. A run of many
counts only for recordings that it had begun, so recordings that wait in runs that always end early would be requested forever."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_BLIP_SECONDS: Final = 3.0
"""A transaction that finds the database unavailable is retried for this long: most broken connections recover by then. Neither
a command nor a sensor waits longer; a sensor tries again at its next tick."""
DATABASE_SILENCE_SECONDS: Final = 15.0
"""A process that has heard nothing from the database for this long was cut off from it. Its sensors query every 5 s; a lease
expires after ``LEASE_SECONDS``, which must be longer than this plus a heartbeat."""
DATABASE_GRACE_SECONDS: Final = 15.0
"""How long workers have to renew their leases after a cut: a heartbeat's interval and one attempt to connect."""

# --- Time of the database ---------------------------------------------------------------------------------------------
CLOCK_SECONDS: Final = 10.0
"""The server is asked for its time this often. Monotonic clocks drift by less than a millisecond meanwhile."""
CLOCK_RETRY_SECONDS: Final = 1.0
"""After a failure, only a transaction asks earlier than this: it has a connection."""
CLOCK_JUMP: Final = timedelta(seconds=1)
"""If this machine's clock and its monotonic clock disagree by more than this since then, it slept or its clock was set: ask."""
CLOCK_TOLERANCE: Final = timedelta(milliseconds=20)
"""Smaller changes, beside half the round trip, are not adopted."""

# --- Webhooks -----------------------------------------------------------------------------------------------------
WEBHOOK_SILENT_SENDER_SECONDS: Final = WORKER_SILENCE_SECONDS + WEBHOOK_TOTAL_SECONDS
"""A sender that is alive has finished what it started this long after its last heartbeat: others may send it."""
WEBHOOK_DISABLE_SECONDS: Final = 5 * 86400.0
"""An endpoint is disabled when all its attempts have failed for this long: longer than the whole schedule of one delivery."""
WEBHOOK_FAILING_GAP_SECONDS: Final = 2 * 86400.0
"""Failures further apart than this are not consecutive: the longest wait between two attempts is 24 h plus a fifth, so nothing
was tried in between."""

# --- HTTP service -------------------------------------------------------------------------------------------------
API_KEY_NOTED_SECONDS: Final = 60.0
"""The use of a key is recorded at most this often, so that reads do not turn into writes."""

# --- Live events --------------------------------------------------------------------------------------------------
EVENTS_POLL_SECONDS: Final = 0.5
"""SQLite cannot notify of commits: one reader for all clients polls at this interval, which takes microseconds."""

# --- Cross-meeting tables and revisions ---------------------------------------------------------------------------
REVISION_QUIET_SECONDS: Final = 3.0
"""Changed results are rendered and delivered after this much quiet, so that a reprocessing gives one revision."""
CATALOG_QUIET_SECONDS: Final = 10.0
"""The cross-meeting tables refresh after this much quiet ..."""
CATALOG_MAX_WAIT_SECONDS: Final = 120.0
"""... or when the oldest change is this old: a steady stream must not starve them."""

# --- Sensors ------------------------------------------------------------------------------------------------------
QUEUED_RECORDINGS: Final = 100
"""Recordings that may be queued at a time where each has its own run: as many runs wait in Dagster, whose coordinator sorts its
whole queue every second. Where they share runs, it is what the runs hold (``steps/processing/grouping.py``)."""

# --- Metrics ------------------------------------------------------------------------------------------------------
METRIC_HOSTS: Final = 50
"""Webhook hosts with their own labels, the earliest ones; all others are `other`."""
TALLY_CHANGES_KEPT: Final = 5000
"""Changes of kept sums that may wait for the next scrape: about a hundred recordings. Adding them up takes milliseconds."""

# --- SQLite -------------------------------------------------------------------------------------------------------
COMPACTING_SECONDS: Final = 10.0
"""Longest rewrite of the SQLite database. Writers wait for it and fail after 30 s."""

# --- Search ---------------------------------------------------------------------------------------------------------
SEARCH_RANKED_LINES: Final = 5000
"""Matches that are ranked together on SQLite, the newest ones: FTS5 walks them in order, in some milliseconds."""
SEARCH_RANKED_LINES_POSTGRES: Final = 5000
"""The same on PostgreSQL, which checks each line that it reads."""
SEARCH_READ_LINES: Final = 20_000
"""PostgreSQL reads this many of the newest lines first, in 5 ms: the index would first collect all lines of a frequent word."""
SEARCH_ENOUGH_LINES: Final = 200
"""With this many matches among the lines that were read, older ones wait for a later page."""
SEARCH_COMMON_LINES: Final = 100
"""With this many, the index would have to look at 14,000 of three million lines, which takes 40 ms ..."""
SEARCH_READ_MORE_LINES: Final = 100_000
"""... so the newest of these are read instead, in 30 ms ..."""
SEARCH_PAGE_LINES: Final = 30
"""... unless fewer match, as with a rare phrase of frequent words: a page shows three lines of ten meetings."""
SEARCH_MEETINGS: Final = 500
"""Meetings that a title may select, the newest ones: a page shows ten."""
SEARCH_NAMES: Final = 30
"""Known names that a part of a name may stand for."""
SEARCH_AT_ONCE: Final = 900
"""Numbers in one statement."""
SEARCH_SHOWN_CHARACTERS: Final = 400
"""What is shown of a line around its first match: an imported transcript may be one line."""
SEARCH_SHOWN_WINDOW: Final = 1_000
"""Length shown of lines that are found by meaning: all of most windows, because any part may be the relevant one."""
SEARCH_INDEXING_SECONDS: Final = 1.0
"""How long a tick indexes recordings that wait for it, one transaction each; a recording of an hour takes about 30 ms."""
COMMITMENT_LINKING_SECONDS: Final = 1.0
"""How long a tick links commitments of recordings that wait for it, one transaction each. The asset links what is left."""
COMMITMENT_LINKING_TRIES: Final = 5
"""How often a series is linked outside of the transaction before it is linked inside. One try is usual: others only get in
between if they change the same series within the second that it takes."""
SEARCH_MERGE_PAGES: Final = 400
"""Pages of SQLite's index that one transaction merges when what was deleted is overwritten: some ten milliseconds."""

# --- Search by meaning ----------------------------------------------------------------------------------------------
EMBEDDING_RETRY_SECONDS: Final = 60.0
"""Wait before vectors that could not be made are retried; doubles each time ..."""
EMBEDDING_RETRY_MAX_SECONDS: Final = 3600.0
"""... up to an hour: nobody waits for them."""
EMBEDDING_TRIES: Final = 8
"""Failures in a row that are the recording's own, after which nothing more is tried: some four hours. A change of its transcript
and `search --rebuild` try again."""
UNPRICED_EMBEDDING_USD: Final = 0.001
"""What a call for the vectors of a meeting counts towards their daily limit if its price is unknown, or until it has ended: 32
windows of 220 tokens at the highest listed price ..."""
UNPRICED_QUERY_USD: Final = 0.00001
"""... and one for the vector of a search: 80 tokens at that price."""
EMBEDDING_CANDIDATES: Final = 200
"""Windows that are compared exactly, the best by their signs: fifty times as many as a page shows."""
EMBEDDING_SAMPLE: Final = 64
"""Sample windows from all meetings that show the usual similarity of a question and a window with this model; models differ
widely."""
MEETINGS_BY_MEANING: Final = 10
"""Meetings that a search finds by their meaning: there is always another one that is a little less alike."""

# --- What needs a person ------------------------------------------------------------------------------------------------
ATTENTION_COUNTED: Final = 1_000
"""Counting ends here: the page shows "1000 or more", and nobody works through a longer list."""
ATTENTION_MEETINGS: Final = 30
"""The newest recordings that are searched for unconfirmed items: people have already worked with older meetings."""

# --- Questions ------------------------------------------------------------------------------------------------------
PASSAGE_MEETINGS: Final = 12
"""Meetings of which everything that was said is read for one question, the best by the index: some 50,000 words, in well under
a second."""
PASSAGE_MEETINGS_BY_MEANING: Final = 3
"""Meetings that are read besides because their meaning is similar: their windows compete with those that have the words."""
PASSAGES: Final = 10
"""Passages for one question: a page of them, and some 2,000 tokens of a prompt."""
PASSAGE_LINE_CHARACTERS: Final = 1_200
"""What a passage shows of one segment: an imported transcript may be one line."""
UNPRICED_QUESTION_USD: Final = 0.01
"""What a question counts towards the daily limit of questions if the model's price is unknown, as with your own server. A
question of 5,000 tokens costs about this with the most expensive listed model."""
QUESTIONS_KEPT: Final = timedelta(days=400)
"""Rows of the ledger of questions are removed after this time: a year and a month, for a comparison with the year before."""
# --- Campaigns --------------------------------------------------------------------------------------------------------
CAMPAIGN_TRIES: Final = 3
"""Attempts at a recording of a campaign that end with an error which another attempt may not have. Each attempt is repeated
within its run too, so a provider that works at all has had some ten chances."""
CAMPAIGN_LOSSES: Final = 5
"""Attempts after which a recording whose workers are lost has failed. More than ``CAMPAIGN_TRIES``: a worker takes all its
recordings with it, and mostly none of them is the cause."""
CAMPAIGN_SETTLED_SECONDS: Final = 24 * 3600.0
"""A campaign that has been over for this long spends nothing more: its last calls have ended within minutes."""
CAMPAIGN_REQUEST_SECONDS: Final = 90.0
"""A portion whose run Dagster does not know after this long is assigned again: see ``QUEUED_GRACE_SECONDS``. A portion that is
assigned twice is processed once."""

# --- Machines -----------------------------------------------------------------------------------------------------
MACHINE_KEPT_SECONDS: Final = 3600.0
"""A machine that died without signing off is shown as silent for this long: long enough to be noticed, and a worker that a
cluster replaces several times a day leaves no long list."""
