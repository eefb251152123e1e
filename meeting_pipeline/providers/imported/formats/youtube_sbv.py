"""YouTube, SBV: ``0:00:00.599,0:00:04.160`` above the words of each caption.

Must not go here: YouTube's SRT and WebVTT.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.clock_times import parse_clock
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.prefixes import judged_prefixes
from meeting_pipeline.providers.imported.speaker_heads import Head, found_heads
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

_TIMES: Final = re.compile(r"(?P<at>\d{1,3}:\d{2}:\d{2}\.\d{1,3}),(?P<to>\d{1,3}:\d{2}:\d{2}\.\d{1,3})")
_SURE: Final = 0.95


def _caption(rows: Sequence[Row], place: int) -> Head | None:
    found = _TIMES.fullmatch(rows[place].head) if rows[place].has_time and rows[place].is_short else None
    clock = parse_clock(found["at"]) if found else None
    return Head(place, None, clock, parse_clock(found["to"]), size=1) if found and clock else None


def _read(source: Source) -> Export:
    rows = source.rows
    heads = found_heads(rows, _caption)
    ends = [*(head.row for head in heads[1:]), len(rows)]
    first = [rows[head.row + 1].text if head.row + 1 < end else "" for head, end in zip(heads, ends, strict=True)]
    prefixes = judged_prefixes([text.removeprefix(">>").strip() for text in first])
    speaker: str | None = None
    named = []
    for place, head in enumerate(heads):
        prefix = prefixes.get(place)
        speaker = prefix.name if prefix else speaker
        named.append(replace(head, name=speaker, words=prefix.words if prefix else "", size=2 if prefix else 1))
    return read_turns("youtube-sbv", rows, named)


FORMAT: Final = ExportFormat(
    "youtube-sbv",
    "YouTube, SBV",
    score=lambda source: _SURE if source.is_text and found_heads(source.rows[:2], _caption) else 0.0,
    read=_read,
)
