"""Text with names and without times: ``Ana: Good morning.``, also with the name in its own row.

Must not go here: text with times, text without any structure (``unstructured_txt.py``).
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat
from meeting_pipeline.providers.imported.prefixes import judged_prefixes
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.transcript_heading import talk_begins
from meeting_pipeline.providers.imported.turns import read_turns

_SHAPE_FITS: Final = 0.4


def _heads(rows: Sequence[Row]) -> list[Head]:
    first = talk_begins(rows)
    talk = rows[first:]
    prefixes = judged_prefixes([row.text for row in talk], [row.after_blank for row in talk])
    return [Head(first + place, prefix.name, None, words=prefix.words) for place, prefix in sorted(prefixes.items())]


FORMAT: Final = ExportFormat(
    "names-txt",
    "Text with names",
    score=lambda source: _SHAPE_FITS if source.is_plain_text and _heads(source.rows) else 0.0,
    read=lambda source: read_turns("txt", source.rows, _heads(source.rows)),
)
