"""Fireflies, text: ``Ana Lopez - 00:03`` above the words; other programs put a bar, a dot or a comma between the two.

Must not go here: the time before the name (``time_first_txt.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME
from meeting_pipeline.providers.imported.head_formats import head_from, headed_format
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row

_HEAD: Final = re.compile(
    rf"(?P<name>\S.{{0,79}}?)(?<=\S)\s{{0,20}}+(?P<between>[-\N{{EN DASH}}\N{{EM DASH}}|·•,@])\s{{1,20}}+(?P<at>{TIME})"
)


def _head(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    found = _HEAD.fullmatch(row.head) if row.has_time and row.is_short else None
    return head_from(found, place, layout=found["between"]) if found else None


FORMAT: Final = headed_format("fireflies-txt", "Fireflies, text", _head, 0.62)
