"""The fingerprints in use: what would produce each insight today.

Must not go here: what a fingerprint is made of (``domain/fingerprints.py``), stale results.
"""

from meeting_pipeline.domain.fingerprints import fingerprint_of
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.providers.llm_ports import Analyst


def fingerprints_in_use(analyst: Analyst) -> dict[str, str]:
    """The fingerprint with which each insight would be made now, by the insight's name."""
    return {insight.value: fingerprint_of(form, analyst.prompt_version(insight)) for insight, form in forms().items()}
