"""Policies of the domain: limits, intervals and retries, each with its reason.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Transcription ------------------------------------------------------------------------------------------------
RETRY_DOUBLINGS: Final = 16
"""After this many doublings every wait has reached its maximum. Without a bound, a long failure would overflow the number."""

# --- Insights -----------------------------------------------------------------------------------------------------
EVIDENCE_NEIGHBOURS: Final = 2
"""A quote found within this many segments of the cited ones counts as a miscount, and the ids are corrected."""
EVIDENCE_SEGMENTS: Final = 12
"""If a statement cites more segments, it is narrowed to those that contain its quote."""
EVIDENCE_QUOTE_CHARACTERS: Final = 500
"""Maximum length of a stored quote; the prompt asks for 30 words."""
DUE_DATE_MAX_DAYS: Final = 731
"""A due date more than two years ahead is treated as misread; its words are kept."""
