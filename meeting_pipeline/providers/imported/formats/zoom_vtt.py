"""Zoom's audio transcript (``GMT20260312-140000_Recording.transcript.vtt``): numbered cues, ``Name: words`` in each.

Must not go here: Zoom's text exports and chats, which have no cues.
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format
from meeting_pipeline.providers.imported.cues.talk import Naming

_NAMED: Final = 0.5
"""More than this share of the cues has a name: Zoom writes one into each, but not all tools that cut its files do."""


def _marks(timed: TimedText) -> float:
    talk = timed.talk
    if not timed.file.header or talk.naming is not Naming.PREFIXES or talk.only_changes or talk.chevrons or talk.draft:
        return 0.0
    named = sum(piece.speaker is not None for piece in talk.spoken)
    return 0.8 if named > _NAMED * len(talk.spoken) else 0.0


FORMAT: Final = timed_format("zoom-vtt", "Zoom, WebVTT", _marks)
