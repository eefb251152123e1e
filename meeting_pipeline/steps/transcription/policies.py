"""Policies of transcription: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
INTAKE_UPLOADS: Final = 4
"""Parallel uploads of an intake run, so that one large file does not delay the others."""

# --- Transcription ------------------------------------------------------------------------------------------------
MIN_TRANSCRIPT_CHARACTERS: Final = 10
"""A transcript with fewer characters is not a meeting: a permanent error, code ``insufficient_content``."""

ORDER_AGAIN_SECONDS: Final = 120.0
"""Wait before a recording is ordered again that the provider failed for its own reason: such faults last minutes. Each time
counts as an attempt (``TRANSCRIPT_ATTEMPTS`` of the store), so a recording that the provider can never transcribe fails."""

# --- Outages of providers -------------------------------------------------------------------------------------------
OUTAGE_PROBE_SECONDS: Final = 15.0
"""Wall-clock limit of a probe: a sensor makes it before it polls, and a tick has 60 s."""
OUTAGE_BENEFIT_SECONDS: Final = 48 * 3600.0
"""If probes succeed but a service fails, the failures count as an outage for this long. After that they use up attempts again:
the recordings may be the cause."""

# --- Submitting over HTTP -------------------------------------------------------------------------------------------
LOCAL_TRANSCRIPT_BYTES: Final = 256 * 1024**2
"""Longest transcript accepted from the local transcription process: ten hours of talk with all word times are below 50 MB."""
PART_OVERHEAD_BYTES: Final = 1024**2
"""What an encoded part may have beyond its sound: headers, and the JSON around it."""
LOCAL_TRANSCRIPTION_CPU_SECONDS: Final = 600
"""The processor time limit for transcribing a recording of any length on this machine, to which
each provider adds a share of its duration (``SpeechSpec.local``)."""
LINK_SECONDS: Final = 24 * 3600.0
"""How long a link for a provider is valid: an order may wait for hours there before it is read, and a link is a secret."""
