"""Broadcast captions, as SRT or WebVTT: ``>>`` at each change of speaker, often with a name in capitals.

Must not go here: finding the marks (``cues/speakers.py``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.scoring import timed_format

FORMAT: Final = timed_format(
    "chevron-captions", "Captions with >> at changes of the speaker", lambda timed: 0.87 if timed.talk.chevrons else 0.0
)
