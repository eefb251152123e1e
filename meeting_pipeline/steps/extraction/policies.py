"""Policies of extraction: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

ASKED_ELSEWHERE_LOOK_SECONDS: Final = 0.5
"""The interval at which a run checks for another run's response; a response takes seconds to minutes."""
