"""Refuses to transcribe if personal data must be removed but cannot be: leaving it in silently would publish it.

Must not go here: removing anything; that is the provider's work.
"""

from typing import Final

from meeting_pipeline.domain.errors import ProviderRefused
from meeting_pipeline.domain.speech_options import SpeechOptions

CANNOT_REDACT: Final = (
    "Personal data must be removed from this recording (`redact_pii`), and the provider that transcribes it cannot do that.",
    "Submit it without `redact_pii`, or set up AssemblyAI, which can; a transcript export is used as it is.",
)
"""Message and advice."""


def refuse_redaction(name: str, speech: SpeechOptions) -> None:
    """Raises: ProviderRefused ``option_unsupported`` if these options ask for it. ``name``: what cannot do it."""
    if speech.redacts:
        raise ProviderRefused("option_unsupported", f"{CANNOT_REDACT[0]} ({name})", CANNOT_REDACT[1])
