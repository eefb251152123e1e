"""Policies of the HTTP service: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

from meeting_pipeline.policies import STAGING_SECONDS

# --- Handing in over HTTP -------------------------------------------------------------------------------------------
UPLOADS_AT_ONCE: Final = 64
"""Uploads under way at a time; each is a socket, a thread's turn now and then, and up to ``UPLOAD_BLOCK_BYTES``. More are
told to come again."""
UPLOAD_BLOCK_BYTES: Final = 256 * 1024
"""An upload is written in blocks of this size: a thread per network packet costs more than the writing."""
UPLOAD_IDLE_SECONDS: Final = 60.0
"""An upload that sends nothing for so long is cut: a slow one is allowed, a dead one must not keep its place."""
UPLOAD_SECONDS_IN_ALL: Final = STAGING_SECONDS / 2
"""No upload takes longer: 2 GB at 50 kB/s. Shorter than what marks a staged file as left behind."""
UPLOAD_EXTRA_BYTES: Final = 1024 * 1024
"""A multipart body may be larger than its files by so much: its other fields, and the lines between."""
UPLOAD_FIELDS: Final = 2500
"""Parts of a multipart body: all participants and key terms that options can have, one part each, and some more."""
UPLOAD_ROOM_BYTES: Final = 64 * 1024**2
"""An upload that did not say how long it is asks for room on the disk again after so many bytes."""
UPLOAD_RETRY_SECONDS: Final = 30
"""Told as ``Retry-After`` when there is no room or no place for an upload."""
JSON_BODY_BYTES: Final = 256 * 1024
"""Of a submission by URL: a thousand key terms have some 20 KB."""
SOURCE_SECONDS: Final = 3600.0
"""Wall-clock limit of fetching a ``source_url``: the largest recording at 1.5 MB/s."""
SOURCE_READ_SECONDS: Final = 30.0
"""A server that sends nothing for so long is given up."""
IDEMPOTENCY_PATIENCE_SECONDS: Final = 1.0
"""A key that is in use is looked at again for so long before the answer is 409: a cut upload is cleared within milliseconds."""
IDEMPOTENCY_RENEW_SECONDS: Final = 8.0
"""A request renews its claim this often: three may be missed."""

# --- HTTP service -------------------------------------------------------------------------------------------------
API_BODY_BYTES: Final = 1024**2
"""Longest body of a request that hands in no file: a list of names and a few words."""
API_BODY_SECONDS: Final = 30.0
"""Time for such a body to arrive: a megabyte at 35 kB/s. Uploads have limits of their own."""
API_HEADER_SECONDS: Final = 15.0
"""Time for the headers of a request to arrive, on a new connection and on one that is used again."""
API_CONNECTIONS: Final = 1000
"""Connections served at a time, streams and uploads among them; fewer where the limit of open files asks for it."""
API_CONNECTIONS_PER_PEER: Final = 250
"""From one address of another machine: a browser opens six, a proxy on another machine some dozens."""
API_HEALTH_CONNECTIONS: Final = 16
"""Connections beyond the limit that are served health checks alone: a busy service is not a dead one."""
API_OTHER_FILES: Final = 200
"""Open files of the process that are no connections: the database, uploads (two each), logs, modules."""
API_STALLED_SECONDS: Final = 30.0
"""A client that has taken nothing for so long loses its connection, if another needs the place. A paused player takes nothing."""
READY_CHECK_SECONDS: Final = 2.0
"""Time limit of each check of ``/readyz``: probes commonly give up after a few seconds, and all of these take milliseconds."""
READY_SEEN_SECONDS: Final = 3.0
"""A report is told again for so long, however many ask."""
READY_OUTBOX_SECONDS: Final = 600.0
"""A webhook to a receiver that works is sent within seconds; one that is due for so long says that nobody sends."""
RECORDING_TOKEN_SECONDS: Final = 600.0
"""A token in a URL ends in histories and logs, so it is short-lived; a page asks for another one when it needs it."""

# --- Live events --------------------------------------------------------------------------------------------------
EVENTS_LOOK_SECONDS: Final = 5.0
"""PostgreSQL tells; a look this often all the same, for words that get lost on the way."""
EVENTS_GAP_SECONDS: Final = 0.02
"""Wait between two reads: what a burst of commits brings is read together."""
EVENTS_SETTLE_FIRST_SECONDS: Final = 0.05
"""While entries wait for transactions that are older than theirs, they are looked at again after this long; doubles ..."""
EVENTS_SETTLE_MAX_SECONDS: Final = 1.0
"""... up to this: transactions of ours take milliseconds, those of others in the same server may take hours."""
EVENTS_RETRY_MAX_SECONDS: Final = 5.0
"""A reader that lost its database tries again this often at least."""
EVENTS_PAGE: Final = 500
"""Events read at a time: some 200 kB."""
EVENTS_QUEUE: Final = 500
"""Events that wait for one client. They are shared by all clients; a recording has some thirty in all."""
EVENTS_STREAMS: Final = 500
"""Streams that one service serves at a time; each takes a socket, a task and some 50 kB. More are told to come again."""
EVENTS_READS: Final = 4
"""Reads for single clients under way at a time: hundreds come back at once when the service was away."""
EVENTS_HEARTBEAT_SECONDS: Final = 15.0
"""A silent stream says this often that it is alive: proxies commonly cut what says nothing for 30 to 60 s."""
EVENTS_RETRY_MS: Final = (1000, 3000)
"""Clients are told to come back after a time between these, not all at the same moment."""
EVENTS_WRITE_SECONDS: Final = 20.0
"""A client that takes nothing for so long is cut off; it goes on with its last event when it comes back."""
EVENTS_SEND_BYTES: Final = 64 * 1024
"""Room in the kernel for what a client has not taken yet: without a limit it grows to megabytes."""
EVENTS_STREAM_SECONDS: Final = 3600.0
"""A stream ends after an hour, and its client comes back and shows its key again: that may have been revoked."""
EVENTS_END_FIRST_SECONDS: Final = 0.5
"""A recording with an outcome, at which a run still is, is looked at again after this long; doubles ..."""
EVENTS_END_MAX_SECONDS: Final = 15.0
"""... up to this: a reprocessing without anything new ends without an event."""
EVENTS_STOPPING_SECONDS: Final = 0.1
"""Open streams notice within this time that the service ends."""

# --- Metrics ------------------------------------------------------------------------------------------------------
HTTP_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Buckets of request durations: a read takes milliseconds, an upload minutes."""
METRICS_FRESH_SECONDS: Final = 1.0
"""Two scrapes within this time see the same numbers: scraping often must not become load."""
UI_METRICS_FRESH_SECONDS: Final = 10.0
"""The UI is asked this often at most; ticks are 5 s apart."""
UI_METRICS_SECONDS: Final = 5.0
"""A UI that answers later is left out of this scrape; Prometheus gives up after 10 s."""
