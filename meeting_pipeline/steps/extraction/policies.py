"""Policies of extraction: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

ASKED_ELSEWHERE_LOOK_SECONDS: Final = 0.5
"""A run that waits for another run's answer looks this often; an answer takes seconds to minutes."""
