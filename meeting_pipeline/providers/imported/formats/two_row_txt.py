"""Teams, newer text: the name in one row, ``0 minutes 3 seconds`` or ``0:03`` in the next, then the words.

Text copied from the page of Teams repeats both in a third or fourth row. Must not go here: times without names
(``time_rows_txt.py``).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME, WORDED, parse_clock
from meeting_pipeline.providers.imported.head_formats import headed_format
from meeting_pipeline.providers.imported.name_shapes import LONGEST, clean_name
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row

_TIME_ROW: Final = re.compile(rf"[(\[]?(?P<at>{TIME}|{WORDED})[)\]]?", re.IGNORECASE)
_GLUED: Final = re.compile(rf"(?P<at>{WORDED})\s?{TIME}", re.IGNORECASE)
"""The page of Teams shows the time twice; copied, the two are together."""
_TIME: Final = re.compile(r"\d:\d\d")
_MOST_REPEATS: Final = 2
"""Rows below a head that may say name and time again."""


def _head(rows: Sequence[Row], place: int) -> Head | None:
    if place + 1 >= len(rows) or len(rows[place].text) > LONGEST:
        return None
    time_row = rows[place + 1]
    if not time_row.has_time or not time_row.is_short or time_row.after_blank:
        return None
    found = _TIME_ROW.fullmatch(time_row.head) or _GLUED.fullmatch(time_row.head)
    clock = parse_clock(found["at"]) if found else None
    if found is None or clock is None or _TIME.search(rows[place].head):
        return None
    name = clean_name(rows[place].text).rstrip(":")
    worded = found["at"][-1].isalpha() and ":" not in found["at"]
    head = Head(
        place,
        name,
        clock,
        layout="words" if worded else "digits",
        sure=worded or (clock.of_day and clock.numbers == 3),
        size=2,
    )
    return replace(head, size=2 + _repeats(rows, place, name))


def _repeats(rows: Sequence[Row], place: int, name: str) -> int:
    """Rows below that say name and time again."""
    count = 0
    for row in rows[place + 2 : place + 2 + _MOST_REPEATS]:
        rest = row.text.removeprefix(name).strip()
        if not row.has_time or not row.is_short or not _TIME_ROW.fullmatch(rest):
            break
        count += 1
    return count


FORMAT: Final = headed_format("teams-two-row-txt", "Teams, text with name and time in two rows", _head, 0.63)
