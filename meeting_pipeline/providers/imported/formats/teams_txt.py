"""Teams, text: ``Ana Lopez   0:03`` above the words. Many programs without a format of their own here write the same.

Must not go here: the newer layout with name and time in two rows (``two_row_txt.py``), AM and PM (``webex_txt.py``).
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.head_formats import headed_format
from meeting_pipeline.providers.imported.name_time_heads import name_time_head
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row


def _head(rows: Sequence[Row], place: int) -> Head | None:
    head = name_time_head(rows, place)
    return None if head is None or head.clock is None or head.clock.of_day else head


FORMAT: Final = headed_format("teams-txt", "Teams, text", _head, 0.6)
