"""Teams: a voice tag in each cue, and identifiers such as ``3f2504e0-4f89-11d3-9a0c-0305e82c3301/12-0``.

Teams writes cues as its recognizer finishes them, so cues of people who speak at once can be out of order; they are sorted by
time.
Must not go here: Stream, whose cues have no names (``stream_vtt.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format
from meeting_pipeline.providers.imported.cues.talk import Naming

_PART: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{20,40}+/[0-9]{1,9}+-[0-9]{1,9}+", re.IGNORECASE)


def _marks(timed: TimedText) -> float:
    if not timed.file.header or timed.talk.naming is not Naming.VOICES:
        return 0.0
    numbered = sum(_PART.fullmatch(cue.identifier) is not None for cue in timed.file.cues)
    return 0.95 if numbered > len(timed.file.cues) / 2 else 0.0


FORMAT: Final = timed_format("teams-vtt", "Teams, WebVTT", _marks, by_time=True)
