"""WebVTT of any program: https://www.w3.org/TR/webvtt1/.

Must not go here: the marks of one program (the other modules), parsing (``cues/``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.scoring import SHAPE, timed_format

FORMAT: Final = timed_format("vtt", "WebVTT", lambda timed: SHAPE if timed.file.header else 0.0)
