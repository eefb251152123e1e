"""Policies of intake: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
SETTLE_SECONDS: Final = 3.0
"""A file is taken when neither its content nor its name changed for this long; copies write in bursts below 1 s."""
INTAKE_TRIES: Final = 3
"""A file is set aside when intake ended this often while it handled it: it may be what kills its worker. The first time may
be a coincidence (a power cut, a restart), the third is not."""
LEFT_OUT_SECONDS: Final = 600.0
"""A file that is still being written, or has the name of an unfinished copy, is reported as left out after this long:
copying 5 GB at 10 MB/s takes as long."""

# --- Handing in over HTTP -------------------------------------------------------------------------------------------
INSPECTIONS_AT_ONCE: Final = 2
"""Files inspected side by side that came just now: each takes a processor."""
INSPECTION_QUICK_SECONDS: Final = 2.0
"""An inspection that takes longer makes room for the next file and continues at low priority: nearly all take less ..."""
INSPECTION_QUICK_BYTES_PER_SECOND: Final = 8 * 1024**2
"""... plus a second for this much: common codecs decode faster, so a long recording is no slow one."""
INSPECTION_QUICK_CLOCK_SHARE: Final = 5
"""These seconds are processor time. By the clock they may be so many times longer: a good file on a busy machine is no
slow one."""
SLOW_INSPECTION_WAIT_SECONDS: Final = 300.0
"""An upload waits this long for such a place, then it is asked to retry: clients and proxies give up about then."""
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
SIDECAR_CPU_SECONDS: Final = 3
"""Processor time for reading a sidecar: it has at most 256 KB, and takes milliseconds."""
