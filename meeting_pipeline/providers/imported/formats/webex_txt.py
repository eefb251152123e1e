"""Webex, text: ``Ana Lopez  10:02 AM`` above the words. The times are times of day.

Must not go here: times since the beginning (``teams_txt.py``), Webex's WebVTT.
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.head_formats import headed_format
from meeting_pipeline.providers.imported.name_time_heads import name_time_head
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row


def _head(rows: Sequence[Row], place: int) -> Head | None:
    head = name_time_head(rows, place)
    return head if head is not None and head.clock is not None and head.clock.of_day else None


FORMAT: Final = headed_format("webex-txt", "Webex, text", _head, 0.65, of_day=True)
