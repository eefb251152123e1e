"""SubRip (SRT) of any program, and WebVTT whose header is missing: the two differ in nothing else that matters here.

Must not go here: the marks of one program (the other modules), parsing (``cues/``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.scoring import SHAPE, timed_format

FORMAT: Final = timed_format("srt", "SRT", lambda timed: 0.0 if timed.file.header else SHAPE)
