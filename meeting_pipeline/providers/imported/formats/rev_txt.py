"""Rev, text: ``Speaker 1 (00:01):`` above the words or before them, also with square brackets or without any.

Must not go here: brackets before a name (``time_first_txt.py``), a name before its stamp and the words in one row
(``descript_txt.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME
from meeting_pipeline.providers.imported.head_formats import head_from, headed_format
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row

_BRACKETS: Final = re.compile(
    rf"\[?(?P<name>[^\s(\[].{{0,79}}?)(?<=[^\s:\]])\]?:?\s{{0,20}}+"
    rf"[(\[](?P<at>{TIME})(?:\s?(?:-|\N{{EN DASH}}|-->)\s?(?P<to>{TIME}))?[)\]]\s?:?"
)
_COLON: Final = re.compile(
    rf"(?P<name>[^\s(\[][^:\uff1a]{{0,79}}?)(?<=\S)\s{{0,3}}+(?:[:\uff1a]\s{{1,20}}+|(?<!\d)[:\uff1a])(?P<at>{TIME})"
)


def _head(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    if not row.has_time or not row.is_short:
        return None
    brackets = _BRACKETS.fullmatch(row.head)
    if brackets is not None:
        return head_from(brackets, place, layout="brackets", sure=row.head.endswith(":"))
    return head_from(_COLON.fullmatch(row.head), place, layout="colon")


FORMAT: Final = headed_format("rev-txt", "Rev, text", _head, 0.64)
