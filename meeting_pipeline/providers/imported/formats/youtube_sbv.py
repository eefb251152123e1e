"""YouTube, SBV: ``0:00:00.599,0:00:04.160`` above the words of each caption.

They are cues with another mark between their times, and are read as such: names, ``>>`` and repeated captions are the same.
Must not go here: YouTube's SRT and WebVTT (``youtube_captions.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.cues.reading import timed_text
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export

_TIMES: Final = re.compile(
    r"^[ \t]{0,9}(\d{1,3}:\d{2}:\d{2}\.\d{1,3}),(\d{1,3}:\d{2}:\d{2}\.\d{1,3})[ \t]{0,9}$", re.MULTILINE
)
_SURE: Final = 0.95


def _score(source: Source) -> float:
    return _SURE if source.is_text and any(_TIMES.fullmatch(row.head) for row in source.rows[:2]) else 0.0


def _read(source: Source) -> Export:
    return timed_text(_TIMES.sub(r"\1 --> \2", source.text)).export("youtube-sbv")


FORMAT: Final = ExportFormat("youtube-sbv", "YouTube, SBV", _score, _read)
