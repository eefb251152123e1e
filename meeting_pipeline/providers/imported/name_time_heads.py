"""Heads of the layout ``Name   0:03``, which Teams, Webex, Otter and others share; the words follow in the next rows.

Must not go here: which program wrote the file (``formats/``), what is a head (``speaker_heads.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import DATE, FRENCH, TIME
from meeting_pipeline.providers.imported.clock_words import TWO_UNITS
from meeting_pipeline.providers.imported.head_formats import head_from
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row

_HEAD: Final = re.compile(
    rf"(?P<name>\S.{{0,79}}?)(?<=[^\s,;:(\[|·•@\N{{EN DASH}}\N{{EM DASH}}-])(?P<gap>\s{{1,60}}+){DATE}"
    rf"(?P<at>{TIME}|{TWO_UNITS}|{FRENCH})",
    re.IGNORECASE,
)


def name_time_head(rows: Sequence[Row], place: int) -> Head | None:
    """``Name   0:03``. Several spaces or a tab never come from talk; one space may."""
    row = rows[place]
    if not row.has_time or not row.is_short:
        return None
    found = _HEAD.fullmatch(row.head)
    if found is None:
        return None
    wide = len(found["gap"]) > 1 or found["gap"] == "\t"
    return head_from(found, place, layout="wide" if wide else "narrow", sure=wide)
