"""Webex, and other programs that name the speaker in the identifier of the cue: ``1 "Ana Lopez" (1234567890)``, ``Speaker 1``.

Must not go here: which identifiers are names (``cues/speakers.py``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format
from meeting_pipeline.providers.imported.cues.talk import Naming


def _marks(timed: TimedText) -> float:
    if timed.talk.naming is not Naming.IDENTIFIERS:
        return 0.0
    return 0.95 if any('"' in cue.identifier for cue in timed.file.cues) else 0.75


FORMAT: Final = timed_format("webex-vtt", "Webex, WebVTT", _marks)
