"""Policies of the domain: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Transcription ------------------------------------------------------------------------------------------------
RETRY_DOUBLINGS: Final = 16
"""After so many doublings every wait has met its maximum; without a bound the number of a long trouble overflows."""

# --- Insights -----------------------------------------------------------------------------------------------------
EVIDENCE_NEIGHBOURS: Final = 2
"""A quote that stands this near to the segments named for it is taken as a slip of counting, and put right."""
EVIDENCE_SEGMENTS: Final = 12
"""A statement that names more segments is narrowed to those that hold its quote."""
EVIDENCE_QUOTE_CHARACTERS: Final = 500
"""Longest quote that is kept; the prompt asks for 30 words."""
DUE_DATE_MAX_DAYS: Final = 731
"""A due date more than two years ahead is taken as misread; its words are kept."""
