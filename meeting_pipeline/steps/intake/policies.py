"""Policies of intake: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
SETTLE_SECONDS: Final = 3.0
"""A file is settled when neither its content nor its name has changed for this long; copies write in bursts below 1 s."""
INTAKE_TRIES: Final = 3
"""A file is rejected when the intake process has died this often while handling it: the file may kill its worker. The first
time may be a coincidence (a power cut, a restart), the third is not."""
LEFT_OUT_SECONDS: Final = 600.0
"""A file that is still being written, or has the name of an unfinished copy, is reported as left out after this long:
copying 5 GB at 10 MB/s takes about as long."""

# --- The bucket of the inbox --------------------------------------------------------------------------------------
BUCKET_LOOK_SECONDS: Final = 10.0
"""The bucket is listed this often while nothing happens: services bill requests (8,640 a day, some 5 cents)."""
BUCKET_LOOK_BUDGET_SECONDS: Final = 0.3
"""A look lists pages of 1,000 objects until it has taken this long, and continues from there the next time ..."""
BUCKET_LOOK_PAGES: Final = 20
"""... or has listed this many: what is compared with the database is limited too."""
BUCKET_WAITING: Final = 500
"""With this many objects to be taken nothing more is listed: ten runs have work."""
EMPTY_OBJECT_SECONDS: Final = 600.0
"""Programs that mount a bucket as a file system create an empty object when a file is opened, and fill it when the file is
closed. So only an object that is still empty after this long is rejected. Copying 5 GB at 10 MB/s takes about as long."""
FAMILY_OBJECTS: Final = 20_000
"""Objects with the same prefix that are listed to find the files of one meeting; those found are then paired."""

# --- Submitting over HTTP -------------------------------------------------------------------------------------------
INSPECTIONS_AT_ONCE: Final = 2
"""Quick inspections in parallel: each occupies a processor."""
INSPECTION_QUICK_SECONDS: Final = 2.0
"""An inspection that takes longer frees its slot and continues at low priority; nearly all take less ..."""
INSPECTION_QUICK_BYTES_PER_SECOND: Final = 8 * 1024**2
"""... plus a second for this many bytes: common codecs decode faster, so a long recording does not count as slow."""
INSPECTION_QUICK_CLOCK_SHARE: Final = 5
"""These seconds are processor time. The wall-clock time may be this many times longer, so that a good file on a busy machine
does not count as slow."""
SLOW_INSPECTION_WAIT_SECONDS: Final = 300.0
"""An upload waits this long for a slow slot, then the client is asked to retry: clients and proxies time out about then."""
INSPECTION_CPU_SECONDS: Final = 900
"""The maximum processor time of an inspection. Ten hours of MP3 take about a minute; ten hours of Opus in a video take
about three."""
MEDIA_INSPECTION_CPU_SECONDS: Final = 60
"""The processor time limit for inspecting a recording of any size ..."""
MEDIA_INSPECTION_BYTES_PER_SECOND: Final = 100_000
"""... plus a second for this many bytes: the slowest codec at its lowest bit rate (Opus, 6 kbit/s) decodes faster."""
PREPARED_SECONDS_PER_CPU_SECOND: Final = 50
"""A prepared copy may take a second of processor time for this much sound; the slowest took one for 300 (see ADR 0044)."""
TRANSCRIPT_INSPECTION_CPU_SECONDS: Final = 15
"""The processor time limit for reading a transcript export of any size: an honest one takes a tenth of a second ..."""
TRANSCRIPT_INSPECTION_BYTES_PER_SECOND: Final = 500_000
"""... plus a second for this many bytes."""
SIDECAR_CPU_SECONDS: Final = 3
"""The processor time limit for reading a sidecar: it has at most 256 KB and takes milliseconds."""
