"""WhisperX, whisper.cpp and others, as SRT or WebVTT: the speaker in brackets, ``[SPEAKER_00]: words``, ``(speaker 0) words``.

Must not go here: their text, TSV and JSON outputs; which words in brackets are speakers (``names.py``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.scoring import timed_format
from meeting_pipeline.providers.imported.cues.talk import Naming

FORMAT: Final = timed_format(
    "whisper-captions",
    "Whisper with speakers, captions",
    lambda timed: 0.85 if timed.talk.naming is Naming.BRACKETS else 0.0,
)
