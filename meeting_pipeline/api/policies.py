"""Policies of the HTTP service: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

from meeting_pipeline.policies import STAGING_SECONDS

# --- Submitting over HTTP -------------------------------------------------------------------------------------------
UPLOADS_AT_ONCE: Final = 64
"""Concurrent uploads. Each takes a socket, a thread now and then, and up to ``UPLOAD_BLOCK_BYTES``. Further clients are told
to retry later."""
UPLOAD_BLOCK_BYTES: Final = 256 * 1024
"""Uploads are written in blocks of this size: a call to a thread per network packet would cost more than the writing."""
UPLOAD_IDLE_SECONDS: Final = 60.0
"""An upload that sends nothing for this long is cut: slow uploads are allowed, but a dead one must not keep its slot."""
UPLOAD_SECONDS_IN_ALL: Final = STAGING_SECONDS / 2
"""Time limit of an upload: 2 GB at 50 kB/s. Shorter than the age at which a staged file counts as left behind."""
UPLOAD_EXTRA_BYTES: Final = 1024 * 1024
"""How many bytes larger than its files a multipart body may be: its other fields and the delimiters."""
UPLOAD_FIELDS: Final = 2500
"""Maximum number of parts of a multipart body: one for each allowed participant and key term, and some more."""
UPLOAD_ROOM_BYTES: Final = 64 * 1024**2
"""An upload of unknown length checks the free disk space again after this many bytes."""
UPLOAD_RETRY_SECONDS: Final = 30
"""Sent as ``Retry-After`` when there is no disk space or no slot for an upload."""
JSON_BODY_BYTES: Final = 256 * 1024
"""Maximum body of a submission by URL: a thousand key terms take about 20 KB."""
SOURCE_SECONDS: Final = 3600.0
"""Wall-clock limit for fetching a ``source_url``: the largest recording at 1.5 MB/s."""
SOURCE_READ_SECONDS: Final = 30.0
"""The download fails if the server sends nothing for this long."""
IDEMPOTENCY_PATIENCE_SECONDS: Final = 1.0
"""How long to wait for a key that is in use before responding 409: a cut upload releases its key within milliseconds."""
IDEMPOTENCY_RENEW_SECONDS: Final = 8.0
"""Interval at which a request renews its claim: three renewals may be missed."""

# --- HTTP service -------------------------------------------------------------------------------------------------
API_BODY_BYTES: Final = 1024**2
"""Largest body of a request that submits no file: a list of names and a few words."""
API_BODY_SECONDS: Final = 30.0
"""Time limit for receiving such a body: 1 MB at 35 kB/s. Uploads have their own limits."""
API_HEADER_SECONDS: Final = 15.0
"""Time limit for receiving the headers of a request, on new and on reused connections."""
RATE_LIMIT_CALLERS: Final = 10_000
"""Callers whose requests are counted, about 2 MB. Beyond that, the counts of callers that have been silent for longest are
reset."""
HOOK_BODY_BYTES: Final = 4096
"""Largest body of a provider's completion webhook, which has about 80 bytes."""
HOOK_NOTES: Final = 2
"""Completion webhooks that are noted at the same time: a flood of them must not take the connections of the database."""
API_CONNECTIONS: Final = 1000
"""Concurrent connections, including streams and uploads; fewer if the limit of open files requires it."""
API_CONNECTIONS_PER_PEER: Final = 250
"""Concurrent connections from one address of another machine: a browser opens six, a proxy on another machine dozens."""
API_HEALTH_CONNECTIONS: Final = 16
"""Extra connections beyond the limit, for health checks only: a busy service is not a dead one."""
API_OTHER_FILES: Final = 200
"""Open files of the process other than connections: the database, uploads (two each), logs, modules."""
API_STALLED_SECONDS: Final = 30.0
"""A client that has read nothing for this long loses its connection if another client needs it. A paused player reads nothing."""
READY_CHECK_SECONDS: Final = 2.0
"""Time limit of each ``/readyz`` check: probes commonly time out after a few seconds, and each check takes milliseconds."""
READY_SEEN_SECONDS: Final = 3.0
"""How long a report is reused, however many clients request it."""
READY_OUTBOX_SECONDS: Final = 600.0
"""Webhooks to working receivers are sent within seconds; if one is due for this long, nothing is sending them."""
RECORDING_TOKEN_SECONDS: Final = 600.0
"""A token in a URL ends up in histories and logs, so it is short-lived; a page requests a new one when it needs it."""

# --- Live events --------------------------------------------------------------------------------------------------
EVENTS_LOOK_SECONDS: Final = 5.0
"""Polling interval. PostgreSQL sends notifications too, but they can get lost."""
EVENTS_GAP_SECONDS: Final = 0.02
"""Wait between two reads, so that a burst of commits is read together."""
EVENTS_SETTLE_FIRST_SECONDS: Final = 0.05
"""While events wait for older transactions to end, they are read again after this delay, which doubles ..."""
EVENTS_SETTLE_MAX_SECONDS: Final = 1.0
"""... up to this: our transactions take milliseconds, those of other clients of the server may take hours."""
EVENTS_RETRY_MAX_SECONDS: Final = 5.0
"""Longest delay before a reader that lost its database tries again."""
EVENTS_PAGE: Final = 500
"""Events per read: about 200 kB."""
EVENTS_QUEUE: Final = 500
"""Events that may wait for one client. All clients share them in memory; a recording has about thirty in all."""
EVENTS_STREAMS: Final = 500
"""Concurrent streams of one service; each takes a socket, a task and about 50 kB. Further clients are told to retry later."""
EVENTS_READS: Final = 4
"""Concurrent reads for single clients: hundreds of clients reconnect at once after the service was down."""
EVENTS_HEARTBEAT_SECONDS: Final = 15.0
"""Interval of heartbeats on a silent stream: proxies commonly close connections that are silent for 30 to 60 s."""
EVENTS_RETRY_MS: Final = (1000, 3000)
"""Clients are told to reconnect after a random delay in this range, so that they do not all reconnect at once."""
EVENTS_WRITE_SECONDS: Final = 20.0
"""A client that reads nothing for this long is disconnected. It resumes after its last event when it reconnects."""
EVENTS_SEND_BYTES: Final = 64 * 1024
"""Kernel buffer for data that a client has not read yet: without a limit it grows to megabytes."""
EVENTS_STREAM_SECONDS: Final = 3600.0
"""A stream ends after an hour. Its client reconnects and sends its key again, which may have been revoked."""
EVENTS_END_FIRST_SECONDS: Final = 0.5
"""A recording with an outcome and a run that is still active is checked again after this delay, which doubles ..."""
EVENTS_END_MAX_SECONDS: Final = 15.0
"""... up to this: a reprocessing that changes nothing ends without an event."""
EVENTS_STOPPING_SECONDS: Final = 0.1
"""Open streams notice a shutdown of the service within this time."""

# --- Metrics ------------------------------------------------------------------------------------------------------
HTTP_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Buckets of request durations: a read takes milliseconds, an upload minutes."""
METRICS_FRESH_SECONDS: Final = 1.0
"""Scrapes within this time return the same numbers, so that frequent scraping does not become load."""
UI_METRICS_FRESH_SECONDS: Final = 10.0
"""Minimum time between two queries of the Dagster UI; ticks are 5 s apart."""
UI_METRICS_SECONDS: Final = 5.0
"""If the Dagster UI takes longer to respond, the scrape omits it; Prometheus times out after 10 s."""

# --- Questions ------------------------------------------------------------------------------------------------------
QUESTIONS_AT_ONCE: Final = 4
"""Questions that are answered at the same time: each holds a thread while a model answers, and costs half a second of work."""
QUESTION_RETRY_SECONDS: Final = 5
"""Sent as ``Retry-After`` to further ones."""
QUESTION_HEARTBEAT_SECONDS: Final = 10.0
"""A stream is silent no longer than this: proxies cut connections that are silent for half a minute."""

# --- Errors ---------------------------------------------------------------------------------------------------------
SHOWN_CHARACTERS: Final = 100
"""Of an id or the name of a field in an error: it comes from the caller, and may be of any length."""
SHOWN_FIELDS: Final = 20
"""Wrong fields in one answer: whoever fixes these sees the rest in the next one."""
