"""Named policy constants, each with its reason: how long, how often, how many, in which order.

Belongs here: a number or a word that somebody could want to argue about. Values that differ per installation are in
``settings.py``. Must not go here: code that acts on them. No Dagster import: the domain reads these too.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
SETTLE_SECONDS: Final = 3.0
"""A file is taken when neither its content nor its name changed for this long; copies write in bursts below 1 s."""
INTAKE_TRIES: Final = 3
"""A file is set aside when intake ended this often while it handled it: it may be what kills its worker. The first time may
be a coincidence (a power cut, a restart), the third is not."""
INTAKE_LOOK_SECONDS: Final = 1.0
"""While an intake run waits for slow inspections, it looks this often for files that have arrived meanwhile."""
LEFT_OUT_SECONDS: Final = 600.0
"""A file that is still being written, or has the name of an unfinished copy, is reported as left out after this long:
copying 5 GB at 10 MB/s takes as long."""
LEFT_OUT_SHOWN: Final = 5
"""Files left out that a message names; it counts the others."""
INTAKE_BATCH: Final = 50
"""Recordings per intake run. Spreads a run's fixed CPU cost; a crash repeats at most this many cheap checks."""
STAGING_SECONDS: Final = 24 * 3600.0
"""A half made copy older than this was left by a crash, where the file system has no locks to tell: no copy takes that long."""
INTAKE_UPLOADS: Final = 4
"""Uploads side by side in an intake run, so that one large file does not hold up the others."""
INTAKE_UPLOAD_BYTES: Final = 64 * 1024**2
"""Recordings up to this size are ordered by the intake run itself; larger ones by runs that hold up no intake."""
ORDER_RUNS: Final = 3
"""Runs that order at the same time: a slow upload must not hold up the orders behind it."""
ORDER_PATIENCE_SECONDS: Final = 8.0
"""An order that is due this long starts a run of its own: what was just taken in is ordered by its intake."""
MAX_RECORDING_HOURS: Final = 10.0
"""Longest recording that this system takes, whoever transcribes; checked on decoded audio before anything is bought. A
provider may take less (``providers/spec.py``)."""
MAX_RECORDING_BYTES: Final = 5 * 1024**3
"""Largest file that this system takes (5 GB)."""
MIN_RECORDING_MS: Final = 160
"""A shorter clip holds no word, and providers refuse it."""
MIN_SAMPLE_RATE_HZ: Final = 4_000
"""Old voice recorders go down to this, the telephone has 8,000; with less there is no speech to be understood (its band ends
at half the rate), and a header that says so is wrong."""
MAX_SAMPLE_RATE_HZ: Final = 768_000
"""The highest rate that recorders are sold with; above it the header is wrong."""
TRUNCATION_TOLERANCE: Final = 0.02
"""Decoded audio may be this share shorter than the header claims (and at least 2 s) before it counts as cut off."""
TRUNCATION_MIN_SECONDS: Final = 2.0
"""Shorter losses never count as cut off: encoders pad and round by up to a second or two."""
DAMAGED_PACKET_SHARE: Final = 0.05
"""Share of undecodable audio packets from which a file is refused as damaged. A hole of 20 kB in three minutes of M4A
is 0.5 %, and still worth transcribing; random bytes are above 50 %."""
SILENCE_PEAK: Final = 10 ** (-60 / 20)
"""A recording whose loudest sample is below -60 dB of full scale is silent: dither is below -85 dB, and the quietest
speech that can be recognised peaks above -45 dB."""
MAX_TRANSCRIPT_BYTES: Final = 20 * 1024**2
"""A transcript export larger than this is no transcript: ten hours of talk are below 1 MB."""
MAX_TRANSCRIPT_LINES: Final = 100_000
"""Cues or paragraphs of a transcript export: ten hours with one every 0.4 s have 90,000."""
MAX_TRANSCRIPT_CHARACTERS: Final = 3_000_000
"""Text of a transcript export without its times and names: 48 hours of quick talk (180 words a minute, six characters each).
More is no talk, whatever its times say; every insight reads, and a language model is paid for, all of it."""
MAX_TRANSCRIPT_SPEAKERS: Final = 1_000
"""Names of speakers in a transcript export: more are words that were mistaken for names, or no meeting."""
MAX_TRANSCRIPT_HOURS: Final = 48.0
"""Latest time in a transcript export. Some count from midnight, and a meeting may run past it; more is no meeting, and
times beyond 596 hours do not fit the database's integers."""

# --- Transcription ------------------------------------------------------------------------------------------------
MIN_TRANSCRIPT_CHARACTERS: Final = 10
"""Fewer characters of text are no meeting: permanent, code ``insufficient_content``."""
TRANSCRIPT_ATTEMPTS: Final = 3
"""Tries across runs before a recording is ``failed``: an outage of some minutes is outlasted, a broken request ends soon."""
RETRY_BASE_SECONDS: Final = 60.0
"""Wait before the second try; doubles each time. With three tries: 60 and 120 s."""
RETRY_MAX_SECONDS: Final = 3600.0
"""No single wait between tries is longer, unless the provider asks for it by Retry-After."""
RETRY_DOUBLINGS: Final = 16
"""After so many doublings every wait has met its maximum; without a bound the number of a long trouble overflows."""
OPERATOR_RETRY_SECONDS: Final = 120.0
"""How soon a recording that waits for a person to mend a key or an account looks again."""
ORDER_DEADLINE_SECONDS: Final = 24 * 3600.0
"""An order that is not done by then is failed as ``provider_timeout``; a 10 h file takes minutes, queues take hours."""
LIST_PAGE: Final = 200
"""Orders per list request: the largest page that AssemblyAI gives."""
LIST_PAGES: Final = 10
"""Pages per look; what lies deeper is looked up one by one, ``SINGLE_LOOKS`` at a time."""
SINGLE_LOOKS: Final = 20
"""Single status requests per tick for orders that the list did not show."""
PROVIDER_CLOCK_SECONDS: Final = 3600.0
"""By so much a provider's clock may be behind ours: an order that we look for may be listed as that much older."""
LOOK_SECONDS: Final = 40.0
"""Wall-clock limit of one look, all its pages and single requests: a sensor tick has 60 s."""

# --- In-run retries -----------------------------------------------------------------------------------------------
RUN_RETRIES: Final = 2
"""Retries inside a run: for hiccups of seconds. Longer waits are due times in the database."""
RUN_RETRY_DELAY_SECONDS: Final = 2.0
"""First in-run wait; exponential, with jitter."""
RUN_RETRY_AFTER_CAP_SECONDS: Final = 15.0
"""A Retry-After up to this is waited for inside the run; a longer one becomes a due time."""
CALL_SECONDS: Final = 180.0
"""Wall-clock limit of one provider call, whatever drips in; uploads have ``UPLOAD_SECONDS``."""
UPLOAD_SECONDS: Final = 1800.0
"""Wall-clock limit of one upload: 2.2 GB at 1.2 MB/s."""
PROVIDER_READ_SECONDS: Final = 60.0
"""A provider that sends nothing for this long is given up, well before ``CALL_SECONDS``."""
PROVIDER_CONNECT_SECONDS: Final = 10.0
"""Connecting takes milliseconds or does not work."""
PROVIDER_RETRY_AFTER_MAX_SECONDS: Final = 86400.0
"""A provider's Retry-After is honoured up to a day; more is a mistake of somebody's."""

# --- Outages of providers -------------------------------------------------------------------------------------------
OUTAGE_FIRST_SECONDS: Final = 15.0
"""Wait before a provider that is out is asked again; doubles each time. A hiccup costs no more than this."""
OUTAGE_MAX_SECONDS: Final = 600.0
"""Then it is asked every ten minutes: one request costs nothing, and this is what everybody waits at most once it is back."""
OUTAGE_PROBE_SECONDS: Final = 15.0
"""Wall-clock limit of the free question: a sensor asks it before its look, and a tick has 60 s."""
OUTAGE_BENEFIT_SECONDS: Final = 48 * 3600.0
"""A provider that answers, only not what is asked of it, is taken to be out for this long. Then tries count again: it may
be the recordings."""

# --- Insights -----------------------------------------------------------------------------------------------------
TOKEN_BYTES: Final = 3.5
"""UTF-8 bytes per token, for estimates. English has about 4; the rest is a margin for names, numbers and scripts."""
INSIGHT_OVERLAP_SEGMENTS: Final = 4
"""Segments that a part of a split transcript shares with the part before it: what a promise and its answer need."""
INSIGHT_OVERLAP_SHARE: Final = 0.25
"""The shared segments take at most this share of a part, so that splitting always gets on."""
INSIGHT_PART_TOKENS: Final = 400
"""No part of a split transcript is smaller: below this the fixed text of a call costs more than what it reads."""
INSIGHT_PARTS: Final = 200
"""More calls than this for one insight mean a mistaken setting, not a long meeting (10 h are some 20 parts of 10,000 tokens)."""
CALL_TOKENS: Final = 10_000_000
"""A server that counts more tokens for one call has miscounted: no model reads so many. All calls for one insight together
stay below what the database's integers hold."""
INSIGHT_OUTPUT_TOKENS: Final = 32_000
"""Longest answer of one call, reasoning included: 200 items are about 20,000. A runaway answer stops here."""
INSIGHT_ITEMS: Final = 200
"""More items of one kind in one part are a model that repeats itself."""
INSIGHT_TOPICS: Final = 50
"""The prompt asks for twelve at most."""
INSIGHT_PEOPLE: Final = 30
"""People per decision: the largest diarization."""
INSIGHT_SUMMARY_CHARACTERS: Final = 4_000
"""The prompt asks for six sentences."""
INSIGHT_STATEMENT_CHARACTERS: Final = 1_000
"""One sentence: a task or a decision."""
USER_INSIGHTS: Final = 20
"""Insights of a user's own: each is a paid call, or more, for every meeting."""
INSIGHT_FILE_BYTES: Final = 65_536
"""A file that describes an insight is two screens of text, not a dump."""
INSIGHT_TITLE_CHARACTERS: Final = 200
"""A few words: a topic."""
INSIGHT_NAME_CHARACTERS: Final = 120
"""A name, a title of a meeting in a prompt, or the words of a due date."""
INSIGHT_SAME_LIKENESS: Final = 0.6
"""Items of overlapping parts on the same segment with this share of common words are one item."""
PROMPT_PARTICIPANTS: Final = 50
"""Participants named in a prompt; the list helps with spelling and must not crowd out the transcript."""
SPEAKER_NAME_CONFIDENCE: Final = 0.5
"""A name below this is a guess and not shown; its confidence is kept."""
EVIDENCE_NEIGHBOURS: Final = 2
"""A quote that stands this near to the segments named for it is taken as a slip of counting, and put right."""
EVIDENCE_SEGMENTS: Final = 12
"""A statement that names more segments is narrowed to those that hold its quote."""
EVIDENCE_QUOTE_CHARACTERS: Final = 500
"""Longest quote that is kept; the prompt asks for 30 words."""
DUE_DATE_MAX_DAYS: Final = 731
"""A due date more than two years ahead is taken as misread; its words are kept."""

ASKED_ELSEWHERE_SECONDS: Final = CALL_SECONDS + 60.0
"""A question that another live run asked so long ago is not waited for any more: its call has ended, one way or another."""
ASKED_ELSEWHERE_LOOK_SECONDS: Final = 0.5
"""A run that waits for another run's answer looks this often; an answer takes seconds to minutes."""

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
INSPECTIONS_AT_ONCE: Final = 2
"""Files inspected side by side that came just now: each takes a processor."""
INSPECTION_QUICK_SECONDS: Final = 2.0
"""An inspection that takes longer makes room for the next file and continues at low priority: nearly all take less ..."""
INSPECTION_QUICK_BYTES_PER_SECOND: Final = 8 * 1024**2
"""... plus a second for this much: common codecs decode faster, so a long recording is no slow one."""
INSPECTION_QUICK_CLOCK_SHARE: Final = 5
"""These seconds are processor time. By the clock they may be so many times longer: a good file on a busy machine is no
slow one."""
SLOW_INSPECTIONS_AT_ONCE: Final = 4
"""Slow inspections side by side. With the quick ones they bound memory: ``INSPECTION_MEMORY_BYTES`` each at worst."""
SLOW_INSPECTIONS_WAITING: Final = 64
"""Uploads that wait for one of these places. More are asked to retry: what is slow must not block what is not."""
SLOW_INSPECTION_WAIT_SECONDS: Final = 300.0
"""An upload waits this long for such a place, then it is asked to retry: clients and proxies give up about then."""
INSPECTION_NICE: Final = 10
"""Priority of slow inspections: a tenth of the processor time of a quick one where both want it."""
INSPECTION_CPU_SECONDS: Final = 900
"""No inspection uses more processor time. Ten hours of MP3 take about a minute, and of Opus in a video some three."""
MEDIA_INSPECTION_CPU_SECONDS: Final = 60
"""Processor time for inspecting any recording, however small ..."""
MEDIA_INSPECTION_BYTES_PER_SECOND: Final = 100_000
"""... plus a second for this much: the slowest codec at its lowest bit rate (Opus, 6 kbit/s) decodes faster."""
TRANSCRIPT_INSPECTION_CPU_SECONDS: Final = 15
"""Processor time for reading any transcript export: an honest one takes a tenth of a second ..."""
TRANSCRIPT_INSPECTION_BYTES_PER_SECOND: Final = 500_000
"""... plus a second for this much."""
INSPECTION_SECONDS: Final = 3600.0
"""No inspection takes longer by the clock ..."""
INSPECTION_CLOCK_SHARE: Final = 10
"""... nor longer than this many times its processor time: the machine may be busy, the disk slow, and a slow inspection has a
tenth of a processor then."""
INSPECTION_MEMORY_BYTES: Final = 2 * 1024**3
"""Address space of a decoder: the libraries take about 700 MB of it, a frame of the largest video 100 MB."""
SANDBOX_ANSWER_BYTES: Final = 1024**2
"""Longest answer of an inspection that is read: an honest one has below 1 KB, the options of a sidecar below 100 KB."""
SIDECAR_CPU_SECONDS: Final = 3
"""Processor time for reading a sidecar: it has at most 256 KB, and takes milliseconds."""
LOCAL_TRANSCRIPT_BYTES: Final = 256 * 1024**2
"""Longest transcript that is read from the process that made it on this machine: ten hours of talk with all word times
are below 50 MB."""
LOCAL_TRANSCRIPTION_CPU_SECONDS: Final = 600
"""Processor time for transcribing any recording on this machine ..."""
LOCAL_TRANSCRIPTION_SHARE: Final = 3.0
"""... plus its duration times this: the offline engine is faster than real time on one core."""
LOCAL_TRANSCRIPTION_MEMORY_BYTES: Final = 4 * 1024**3
"""Address space for it: the engine uses 0.2 GB, and grows with the length of a recording."""
JSON_BODY_BYTES: Final = 256 * 1024
"""Of a submission by URL: a thousand key terms have some 20 KB."""
SOURCE_SECONDS: Final = 3600.0
"""Wall-clock limit of fetching a ``source_url``: the largest recording at 1.5 MB/s."""
SOURCE_READ_SECONDS: Final = 30.0
"""A server that sends nothing for so long is given up."""
IDEMPOTENCY_SECONDS: Final = 24 * 3600.0
"""An answer is given again for a day: clients repeat within minutes, people the next morning."""
IDEMPOTENCY_LEASE_SECONDS: Final = 30.0
"""A claim not renewed for so long is over: its service died."""
IDEMPOTENCY_PATIENCE_SECONDS: Final = 1.0
"""A key that is in use is looked at again for so long before the answer is 409: a cut upload is cleared within milliseconds."""
IDEMPOTENCY_RENEW_SECONDS: Final = 8.0
"""A request renews its claim this often: three may be missed."""
FORGET_FIRST_SECONDS: Final = 60.0
"""Wait before what is left of a deleted recording is cleared again; doubles each time ..."""
FORGET_MAX_SECONDS: Final = 6 * 3600.0
"""... up to this, without end: a person asked for it to be gone."""
COMPACTING_SECONDS: Final = 10.0
"""Longest rewrite of a SQLite database. Writers wait for it, and give up after 30 s."""
ERASE_RUN_SECONDS: Final = 5.0
"""A run of a deleted recording that ended less than this ago is erased in the next round: what it said last, with the key in it,
is still on its way to the logs."""
DELETED_BATCH: Final = 50
"""Deleted recordings cleared by one run."""
REGISTER_BATCH: Final = 200
"""Recordings made known to Dagster by one run: a few milliseconds each."""

# --- Workers ------------------------------------------------------------------------------------------------------
HEARTBEAT_SECONDS: Final = 5.0
"""A run renews its lease this often, from a thread of its own; so does the lease keeper for a worker that computes and cannot."""
LEASE_SECONDS: Final = 30.0
"""A lease not renewed for this long is silent: six missed heartbeats, and well below the promised 60 s. Its process is looked
at then: one that is at work keeps its lease."""
WORKER_PROGRESS_TICKS: Final = 1
"""Clock ticks (10 ms) of CPU between two looks that say that a process is at work. One that is frozen or waits for ever uses
none; one of a hundred that share a processor uses 3 in 5 s."""
WORKER_STEP_SECONDS: Final = 2 * 3600.0
"""A recording at which nothing was stored for this long, and ``WORKER_STEP_PER_AUDIO`` on top, has a worker that is stuck,
however busy it is. Uploads have 30 minutes, a provider's call 3; insights of ten hours are some 80 calls, four at a time."""
WORKER_STEP_PER_AUDIO: Final = 4.0
"""The offline engine takes about the length of the recording on a slow core; here is room for four beside it."""
WORKER_BATCH_SECONDS: Final = 12 * 3600.0
"""A batch run (intake, orders, webhooks, tables) older than this is stuck: 50 uploads of half an hour take six hours."""
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

# --- Supervision of the running system --------------------------------------------------------------------------------
PROBE_SECONDS: Final = 5.0
"""The parts of a running system are asked this often whether they work: milliseconds of CPU each."""
PROBE_TIMEOUT_SECONDS: Final = 10.0
"""Time for one answer, times ``busy``: the factor by which the machine is overloaded."""
PROBE_BUSY_MAX: Final = 10.0
"""Patience grows with the load, up to this: 20 programs that compute on two processors. A part that is down is found all the
same, after minutes."""
PART_SILENT_SECONDS: Final = 25.0
"""A part that has not answered for so long, times ``busy``, is restarted: two looks with their time limits."""
PART_STOPPED_SECONDS: Final = 10.0
"""A process that somebody stopped (SIGSTOP) for so long is restarted; load has no part in this."""
TICKS_SILENT_SECONDS: Final = 45.0
"""No sensor ticked for so long, times ``busy``: the daemon is restarted. Seven sensors tick every 5 s, all in threads."""
DAEMON_SILENT_SECONDS: Final = 300.0
"""A daemon's thread whose heartbeat is older than this, times ``busy``, hangs: they beat every 30 s; a turn can be long."""
PART_GRACE_SECONDS: Final = 60.0
"""A part that was just started is not judged for so long, times ``busy``, unless it works sooner; 3-10 s on a quiet machine."""
HEAL_FIRST_SECONDS: Final = 30.0
"""Least time between two restarts of a part that does not work; doubles with each ..."""
HEAL_MAX_SECONDS: Final = 900.0
"""... up to this: what restarts do not cure is not made better by more of them, and each costs work."""
HEAL_FORGET_SECONDS: Final = 900.0
"""A part that has worked for so long since its last restart starts over with ``HEAL_FIRST_SECONDS``."""
HEALTH_NOTE_SECONDS: Final = 5.0
"""`up` notes this often what it has found ..."""
HEALTH_STALE_SECONDS: Final = 60.0
"""... and a note older than this says that `up` itself does not work."""
START_REPORT_SECONDS: Final = 60.0
"""While `up` starts it says this often what it waits for."""
START_STUCK_SECONDS: Final = 120.0
"""A process that starts, is alive, and has used no CPU for so long hangs and is started again."""
START_TRIES: Final = 4
"""A process that ends by itself so often in a row while `up` starts would end again: `up` says why and ends too."""
START_SERVER_SECONDS: Final = 3600
"""Time that Dagster gives its code to load, and a server to hear from its front: a machine under load is late, not broken."""
WORKER_END_SECONDS: Final = 3.0
"""A worker that was given up gets so long after SIGTERM; then it and its children are killed. Its lease is gone already."""
WORKER_AFTERLIFE_SECONDS: Final = 60.0
"""A worker whose run has been over for this long is ended: writing the last events and closing takes a second."""
WORKER_AFTERLIFE_RUNS: Final = 100
"""Runs that ended last and are looked at for this."""

# --- Database -----------------------------------------------------------------------------------------------------
DATABASE_BLIP_SECONDS: Final = 3.0
"""A transaction that meets a database that is away is begun again for so long: what ended a connection is over by then.
Longer than this nobody waits at a command, nor does a sensor, whose next tick looks again."""
DATABASE_RETRY_BUDGET_SECONDS: Final = 90.0
"""A run goes on trying for so long: it may hold what was paid for, and a restart of a database takes a minute."""
DATABASE_RETRY_FIRST_SECONDS: Final = 0.1
"""Wait before a transaction is begun again; doubles each time, with jitter ..."""
DATABASE_RETRY_MAX_SECONDS: Final = 3.0
"""... up to this: whoever waits goes on soon after the database is back."""
DATABASE_SILENCE_SECONDS: Final = 15.0
"""A process that heard nothing from the database for so long was cut off from it. Its sensors ask every 5 s; a lease lapses
after ``LEASE_SECONDS``, which must be longer than this and a heartbeat."""
DATABASE_GRACE_SECONDS: Final = 15.0
"""Workers get so long to renew their leases after a cut: a heartbeat's interval and one attempt to connect."""
DATABASE_WAIT_REPORT_SECONDS: Final = 60.0
"""`up` says this often that it still waits for the database."""
DISK_RESERVE_BYTES: Final = 50 * 1024**2
"""Intake leaves so much of the disk free, for the databases and logs of what was accepted already ..."""
DISK_RESERVE_SHARE: Final = 0.05
"""... or this share of a small disk."""
INTAKE_RETRY_FIRST_SECONDS: Final = 30.0
"""Wait after an intake that the disk or the database let down; doubles each time up to ``INTAKE_RETRY_MAX_SECONDS``."""
INTAKE_RETRY_MAX_SECONDS: Final = 600.0
"""Then every ten minutes. A new file is looked at at once."""
INTAKE_SEEN: Final = 1000
"""Files that a waiting intake compares with what it knows; more are looked at when its wait is over."""

# --- Webhooks -----------------------------------------------------------------------------------------------------
WEBHOOK_SCHEDULE_SECONDS: Final = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Waits before each attempt: the schedule that Standard Webhooks 1.0.0 gives as its example (75 h 35 m 05 s)."""
WEBHOOK_JITTER: Final = 0.2
"""Each wait varies by this share, so that a receiver that comes back is not hit by everything at once."""
WEBHOOK_TOTAL_SECONDS: Final = 30.0
"""Connect, send and answer, in all."""
WEBHOOK_CONNECT_SECONDS: Final = 5.0
"""Connecting takes milliseconds or does not work."""
WEBHOOK_READ_BYTES: Final = 16 * 1024
"""Of an answer no more is read."""
WEBHOOK_KEEP_BYTES: Final = 2 * 1024
"""Of an answer no more is stored."""
WEBHOOK_SLOW_FLOOR_SECONDS: Final = 60.0
"""After 429, 502, 504 or a timeout the next attempt waits at least this long."""
WEBHOOK_RETRY_AFTER_MAX_SECONDS: Final = 86400.0
"""A receiver's Retry-After is honoured up to a day."""
WEBHOOK_LEASE_SECONDS: Final = 90.0
"""A delivery taken by a worker that died is taken again after this: three times the total limit."""
WEBHOOK_SILENT_SENDER_SECONDS: Final = WORKER_SILENCE_SECONDS + WEBHOOK_TOTAL_SECONDS
"""So long after its last heartbeat a sender that is alive has ended what it had begun: others may send it."""
WEBHOOK_BATCH: Final = 100
"""Deliveries taken at once, with their bodies."""
WEBHOOK_HOST_BATCH: Final = 10
"""Of these, for one host: what is taken for a host that turns out slow waits behind it until it is given back."""
WEBHOOK_PARALLEL: Final = 64
"""Deliveries under way at once to endpoints whose last try did not fail, at most ``WEBHOOK_PER_HOST`` to one host. Each is
a socket and a body; most of the time it waits."""
WEBHOOK_PARALLEL_FAILING: Final = 16
"""Deliveries under way at once to endpoints whose last try failed. Places of their own: however many receivers are dead,
none of them takes a place of one that works."""
WEBHOOK_PER_HOST: Final = 2
"""One slow receiver holds at most this many of the parallel places."""
WEBHOOK_LOOK_SECONDS: Final = 1.0
"""A drain that waits for slow receivers looks this often for what became due for others."""
WEBHOOK_REST_SECONDS: Final = 60.0
"""A host that let an attempt time out gets no other by the same drain for so long: it would cost the full limit again."""
WEBHOOK_DRAIN_SECONDS: Final = 300.0
"""A drain takes nothing new after this long: a run that never ends would keep old code and old settings in use. After a
fifth of it, it takes nothing more for endpoints that fail, so that it can end."""
WEBHOOK_DISABLE_SECONDS: Final = 5 * 86400.0
"""An endpoint all of whose attempts failed for this long is given up: longer than the whole schedule of one delivery."""
WEBHOOK_FAILING_GAP_SECONDS: Final = 2 * 86400.0
"""Failures further apart than this are not in a row: the longest wait between two attempts is 24 h and a fifth, so that
nothing was tried in between."""
WEBHOOK_START_SECONDS: Final = WEBHOOK_LEASE_SECONDS - WEBHOOK_TOTAL_SECONDS
"""A delivery that could not start this long after it was taken is left: it could not end within its lease."""
WEBHOOK_PORTS: Final = (443, 80)
"""Ports that any receiver may have; others only where the operator allows the receiver: a URL must not become a way to
knock at databases and mail servers."""
WEBHOOK_DIALS: Final = 4
"""Addresses of one name that are tried in turn; together they share ``WEBHOOK_CONNECT_SECONDS``."""

# --- HTTP service -------------------------------------------------------------------------------------------------
API_KEYS_SEEN_SECONDS: Final = 2.0
"""A running service notices within this time that its first key was made. Each key that is shown is looked up anyway."""
API_KEY_NOTED_SECONDS: Final = 60.0
"""The use of a key is noted this often at most: reading must not become writing."""
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
API_STOP_SECONDS: Final = 3
"""Time for requests to end by themselves when the service stops; `up` kills what is left after 12."""
UI_SESSION_SECONDS: Final = 12 * 3600.0
"""How long a login to the Dagster UI lasts: a working day, and no longer than its key."""
UI_FAILED_LOGINS: Final = 10
"""Unknown keys that the UI looks up per ``UI_FAILED_LOGINS_SECONDS``. Keys cannot be guessed; this keeps those who try from
loading the database. It counts all callers together: behind a proxy they have one address."""
UI_FAILED_LOGINS_SECONDS: Final = 60.0
"""Time to forget a failed login; who mistyped a key waits no longer than this."""
UI_BODY_BYTES: Final = 4 * 1024**2
"""Longest request to the UI: its queries have some 20 kB, and a backfill names each of its partitions in some 100 bytes."""
READY_CHECK_SECONDS: Final = 2.0
"""Time limit of each check of ``/readyz``: probes commonly give up after a few seconds, and all of these take milliseconds."""
READY_SEEN_SECONDS: Final = 3.0
"""A report is told again for so long, however many ask."""
READY_OUTBOX_SECONDS: Final = 600.0
"""A webhook to a receiver that works is sent within seconds; one that is due for so long says that nobody sends."""
RECORDING_TOKEN_SECONDS: Final = 600.0
"""A token in a URL ends in histories and logs, so it is short-lived; a page asks for another one when it needs it."""

# --- What people say about results ---------------------------------------------------------------------------------
SPEAKER_NAME_CHARACTERS: Final = 120
"""Longest name that a person may give a speaker: as long as one that is found (``INSIGHT_NAME_CHARACTERS``)."""

# --- Live events --------------------------------------------------------------------------------------------------
EVENTS_POLL_SECONDS: Final = 0.5
"""SQLite cannot tell that something was committed: one reader for all clients looks this often, and that takes microseconds."""
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

# --- Cross-meeting tables and revisions ---------------------------------------------------------------------------
REVISION_QUIET_SECONDS: Final = 3.0
"""Results that changed are rendered and told after this much quiet, so that a reprocessing gives one revision."""
REFRESH_BATCH: Final = 200
"""Minutes written again per run: rendering takes milliseconds."""
CATALOG_QUIET_SECONDS: Final = 10.0
"""The cross-meeting tables refresh after this much quiet ..."""
CATALOG_MAX_WAIT_SECONDS: Final = 120.0
"""... or when the oldest change is this old: a steady stream must not starve them."""

# --- Sensors ------------------------------------------------------------------------------------------------------
SENSOR_SECONDS: Final = 5
"""Interval of the sensors that move recordings on; Dagster's own sensor loop turns every 5 s."""
SLOW_SENSOR_SECONDS: Final = 15
"""Interval of the sensors that only repair or refresh."""
RUN_REQUESTS_PER_TICK: Final = 20
"""Run requests per tick. Dagster takes 0.2 s to create a run, 1.4 s while other runs keep two cores busy, and what became
ready meanwhile waits for the next tick."""

QUEUED_RUNS: Final = 100
"""Requested runs that wait in Dagster at a time: its coordinator sorts its whole queue every second."""
SPARE_RUNS: Final = 4
"""Run slots beside those of recordings, so that intake, orders, webhooks and tables never wait for recordings."""

# --- Priorities (Dagster: higher is sooner; a backfill has 0) -------------------------------------------------------
PRIORITY_DELIVERY: Final = 30
"""One short run tells many submitters what is finished already."""
PRIORITY_INTAKE: Final = 20
"""One run starts many transcriptions, which take minutes elsewhere."""
PRIORITY_NEW_RECORDING: Final = 10
"""Somebody waits for it; nobody waits at a backfill of old recordings."""
PRIORITY_GAP: Final = -5
"""Gaps and cross-meeting tables can wait for everything else."""

# --- Warm run launcher --------------------------------------------------------------------------------------------
LAUNCH_START_SECONDS: Final = 60.0
"""Time to load the code location; 3-5 s here, more on a busy or cold machine: one that uses the CPU gets more of it ..."""
LAUNCH_START_MAX_SECONDS: Final = 1800.0
"""... up to this."""
LAUNCH_REPLY_SECONDS: Final = 30.0
"""A fork takes some milliseconds; a server that is silent for this long is taken for dead, and replaced."""
LAUNCH_CODE_CHECK_SECONDS: Final = 2.0
"""The source files are looked at this often at most: sooner than a person can save a file and press a button twice."""
LAUNCH_REAP_SECONDS: Final = 0.5
"""The server looks for dead workers this often when a worker's own child keeps it from being told; Dagster's code
servers look as often."""
LAUNCH_JOIN_POLL_SECONDS: Final = 0.1
"""How often ``join`` asks the storage; only tests and shutdowns call it."""

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
HTTP_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Buckets of request durations: a read takes milliseconds, an upload minutes."""
METRIC_HOSTS: Final = 50
"""Webhook hosts with labels of their own, the first that there were; all others are `other`."""
METRICS_FRESH_SECONDS: Final = 1.0
"""Two scrapes within this time see the same numbers: scraping often must not become load."""
UI_METRICS_FRESH_SECONDS: Final = 10.0
"""The UI is asked this often at most; ticks are 5 s apart."""
UI_METRICS_SECONDS: Final = 5.0
"""A UI that answers later is left out of this scrape; Prometheus gives up after 10 s."""

# --- Logs ---------------------------------------------------------------------------------------------------------
LOG_FILE_BYTES: Final = 100 * 1024**2
"""A log file that would grow larger is renamed to NAME.log.1, in the place of the one before: weeks of a busy system, and at
most 200 MB a process."""
LOG_SETTLE_SECONDS: Final = 0.3
"""A printed record waits so long for lines that belong to it, as those of a traceback do: they are written at once."""
LOG_READ_BYTES: Final = 64 * 1024
"""Read from a pipe at a time: what a pipe holds on Linux."""

# --- Doctor -------------------------------------------------------------------------------------------------------
DISK_WARN_BYTES: Final = 5 * 1024**3
"""Less free space than one recording of the largest size (``MAX_RECORDING_BYTES``) is worth a warning ..."""
DISK_FAIL_BYTES: Final = 500 * 1024**2
"""... and less than a few hours of audio with its databases and logs is a failure."""

# --- Ownership ----------------------------------------------------------------------------------------------------
OWNER: Final = "team:meeting-records"
"""Owner of every asset, job and sensor."""

# --- Names that Dagster's records carry -----------------------------------------------------------------------------
REQUEST_TAG: Final = "meeting_pipeline/request"
"""Run tag of runs that our sensors request; a run without it was asked for by a person."""
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
