"""Policies of the providers: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
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
UPLOAD_SECONDS: Final = 1800.0
"""Wall-clock limit of one upload: 2.2 GB at 1.2 MB/s."""
PROVIDER_READ_SECONDS: Final = 60.0
"""A provider that sends nothing for this long is given up, well before ``CALL_SECONDS``."""
PROVIDER_CONNECT_SECONDS: Final = 10.0
"""Connecting takes milliseconds or does not work."""
PROVIDER_RETRY_AFTER_MAX_SECONDS: Final = 86400.0
"""A provider's Retry-After is honoured up to a day; more is a mistake of somebody's."""

# --- Insights -----------------------------------------------------------------------------------------------------
INSIGHT_PARTS: Final = 200
"""More calls than this for one insight mean a mistaken setting, not a long meeting (10 h are some 20 parts of 10,000 tokens)."""
CALL_TOKENS: Final = 10_000_000
"""A server that counts more tokens for one call has miscounted: no model reads so many. All calls for one insight together
stay below what the database's integers hold."""
INSIGHT_OUTPUT_TOKENS: Final = 32_000
"""Longest answer of one call, reasoning included: 200 items are about 20,000. A runaway answer stops here."""
