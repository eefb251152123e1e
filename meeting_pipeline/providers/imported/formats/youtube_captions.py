"""YouTube's automatic captions, as WebVTT or SRT: each caption repeats the row before it. Also other rolling captions.

Must not go here: finding what is repeated (``cues/repeats.py``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format

_WORD_STAMPS: Final = ("><c>", "<c> ")


def _marks(timed: TimedText) -> float:
    if any(mark in timed.text for mark in _WORD_STAMPS) and any("Kind:" in row for row in timed.file.settings):
        return 0.95
    return 0.85 if timed.repeats >= 2 else 0.0


FORMAT: Final = timed_format("youtube-captions", "Captions that repeat themselves, as YouTube's", _marks)
