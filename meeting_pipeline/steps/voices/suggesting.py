"""Suggestions of people, with the settings for voices applied. Used by the page, the API and the command line.

Must not go here: finding them (``store/people/suggesting.py``, ``voice_matching.py``).
"""

from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.speaker_voices import model_id
from meeting_pipeline.store.people.suggesting import Suggested
from meeting_pipeline.store.people.voice_matching import VoiceCriteria


def suggested_people(installation: Installation, limit: int) -> Suggested:
    """Who may be one person. A person decides. Without a model or a threshold, names alone do."""
    model, threshold = model_id(installation.settings.voices_model), installation.settings.voices_threshold
    asked = VoiceCriteria(model, threshold) if model is not None and threshold is not None else None
    return installation.store.people_suggestions.with_voices(limit, asked)
