"""Zoom, text: ``[Ana Lopez] 16:01:26`` above the words. The times are times of day.

Must not go here: Zoom's WebVTT, other brackets (``stamped_txt.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import DATE, TIME
from meeting_pipeline.providers.imported.head_formats import head_from, headed_format
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row

_HEAD: Final = re.compile(rf"\[(?P<name>[^\[\]]{{1,80}}+)\]\s{{1,20}}+{DATE}(?P<at>{TIME})")


def _head(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    return head_from(_HEAD.fullmatch(row.head), place, sure=True) if row.has_time and row.is_short else None


FORMAT: Final = headed_format("zoom-txt", "Zoom, text", _head, 0.9, of_day=True)
