"""Suggestions of people by voice: the model file, and how alike voices must be.

Belongs here: fields of ``Settings`` on this subject. Must not go here: reading them (``loading.py``), their variables
(``variables.py``), running the model (``providers/speaker_voices.py``).
"""

from pydantic import Field

from meeting_pipeline.settings.field_types import Folder
from meeting_pipeline.settings.subject import SubjectSettings


class VoicesSettings(SubjectSettings):
    """Suggestions of people by voice: the model file, and how alike voices must be."""

    voices_model: Folder | None = Field(
        default=None,
        description="File of a speaker embedding model that [compares voices](../engineers.md#people-by-voice) (needs "
        "the extra `voices`). Voices are biometric data: first ask everybody who is recorded. Unset: none is made.",
    )
    voices_threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="How alike two voices must be to be suggested as one person's. `meeting-pipeline voices measure` "
        "finds the threshold from your own meetings. Unset: nothing is suggested by voice.",
    )
