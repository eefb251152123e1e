"""Measures with an installation's own meetings how well voices distinguish its people.

Must not go here: the figures (``domain/people/voices.py``), showing them (``cli/voices.py``).
"""

from typing import Final

from meeting_pipeline.domain.people.voice_thresholds import (
    ThresholdMeasurement,
    labelled_similarities,
    measure_thresholds,
)
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.search.vectors import unpacked

_VOICES: Final = 2_000
"""Voices that are compared with each other: two million pairs, in seconds."""


def measure(installation: Installation, model: str) -> ThresholdMeasurement | tuple[int, int]:
    """Compare voices of named speakers. If there are none of one kind: how many pairs of one person and of two there are."""
    heard = [one for one in installation.store.voices.all(model) if one.person_id is not None][-_VOICES:]
    if len(heard) < 2:
        return 0, 0
    vectors = unpacked([one.vector for one in heard])
    same, different = labelled_similarities(
        vectors, [one.person_id or "" for one in heard], [one.recording for one in heard]
    )
    if not same or not different:
        return len(same), len(different)
    return measure_thresholds(same, different)
