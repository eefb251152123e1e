"""Policies of transcription: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
INTAKE_UPLOADS: Final = 4
"""Uploads side by side in an intake run, so that one large file does not hold up the others."""

# --- Transcription ------------------------------------------------------------------------------------------------
MIN_TRANSCRIPT_CHARACTERS: Final = 10
"""Fewer characters of text are no meeting: permanent, code ``insufficient_content``."""

# --- Outages of providers -------------------------------------------------------------------------------------------
OUTAGE_PROBE_SECONDS: Final = 15.0
"""Wall-clock limit of the free question: a sensor asks it before its look, and a tick has 60 s."""
OUTAGE_BENEFIT_SECONDS: Final = 48 * 3600.0
"""A provider that answers, only not what is asked of it, is taken to be out for this long. Then tries count again: it may
be the recordings."""

# --- Handing in over HTTP -------------------------------------------------------------------------------------------
LOCAL_TRANSCRIPT_BYTES: Final = 256 * 1024**2
"""Longest transcript that is read from the process that made it on this machine: ten hours of talk with all word times
are below 50 MB."""
LOCAL_TRANSCRIPTION_CPU_SECONDS: Final = 600
"""Processor time for transcribing any recording on this machine ..."""
LOCAL_TRANSCRIPTION_SHARE: Final = 3.0
"""... plus its duration times this: the offline engine is faster than real time on one core."""
LOCAL_TRANSCRIPTION_MEMORY_BYTES: Final = 4 * 1024**3
"""Address space for it: the engine uses 0.2 GB, and grows with the length of a recording."""
