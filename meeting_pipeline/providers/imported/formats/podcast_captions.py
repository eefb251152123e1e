"""Captions that name a speaker only where the speaker changes, as the Podcast Index asks for, as SRT or WebVTT.

Source: the Podcast Index's description of the tag ``podcast:transcript``, section SRT.
Must not go here: continuing a speaker (``cues/speakers.py``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.scoring import timed_format
from meeting_pipeline.providers.imported.cues.talk import Naming

FORMAT: Final = timed_format(
    "podcast-captions",
    "Captions with names at changes of the speaker",
    lambda timed: 0.7 if timed.talk.naming is Naming.PREFIXES and timed.talk.only_changes else 0.0,
)
