"""Text without names and times: one speaker. Every text fits, but none fits well.

Must not go here: any layout that programs write.
"""

from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.turns import Turns

_GUESS: Final = 0.05


def _read(source: Source) -> Export:
    turns = Turns()
    for row in source.rows:
        turns.say(None, None, None, [row.text])
    return turns.done("txt")


FORMAT: Final = ExportFormat(
    "unstructured-txt", "Text", score=lambda source: _GUESS if source.is_text else 0.0, read=_read
)
