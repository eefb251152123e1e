"""Whisper, faster-whisper and whisper.cpp print ``[00:00.000 --> 00:04.000]  Good morning.`` while they work.

Must not go here: other times in brackets (``stamped_txt.py``), files that Whisper writes.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.head_formats import fit, head_from
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.stamps import judged_stamps, with_names
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

_SECONDS: Final = r"\d{1,6}\.\d{1,3}s"
_STAMP: Final = re.compile(
    rf"\[\s?(?P<at>{TIME}|{_SECONDS})\s{{1,3}}(?:-->|->)\s{{1,3}}(?P<to>{TIME}|{_SECONDS})\s?\]\s{{0,20}}+"
)
_SURE: Final = 0.92


def _stamp(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    found = _STAMP.match(row.head) if row.head.startswith("[") else None
    return head_from(found, place, sure=True, words=row.text[found.end() :]) if found else None


def _score(source: Source) -> float:
    return fit(source.rows, judged_stamps(source.rows, _stamp), _SURE) if source.is_text else 0.0


def _read(source: Source) -> Export:
    stamps = with_names(source.rows, judged_stamps(source.rows, _stamp))
    export = read_turns("whisper-console", source.rows, stamps, is_title=lambda _: True)  # the program's log is above
    log = tuple(replace(part, counted=False) for part in export.left_out)
    return replace(export, whole=True, left_out=log)


FORMAT: Final = ExportFormat("whisper-console", "Whisper, printed", _score, _read)
