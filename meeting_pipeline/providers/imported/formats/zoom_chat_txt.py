"""The chat of a Zoom meeting: recognized so that it can be refused with that reason. A chat is not a transcript of speech.

Must not go here: Zoom's transcripts (``zoom_txt.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import bad_transcript

_CHAT: Final = re.compile(
    r"\d{1,2}:\d{2}:\d{2}\s{0,3}\t\s{0,3}(?:From\s)?[^\t]{1,120}?:\s{0,3}(?:\t|$)|\d{1,2}:\d{2}:\d{2}\s{1,3}From\s[^\t:]{1,120}\s[Tt]o\s"
)
_SURE: Final = 0.93
_MOST: Final = 0.5
"""Share of the rows that begin a message: the others continue one."""


def _score(source: Source) -> float:
    if not source.is_text:
        return 0.0
    messages = sum(row.has_time and _CHAT.match(row.head) is not None for row in source.rows)
    return _SURE if messages and messages >= _MOST * len(source.rows) else 0.0


def _read(_source: Source) -> Export:
    raise bad_transcript("The file is the chat of a meeting, not its transcript.")


FORMAT: Final = ExportFormat("zoom-chat-txt", "Zoom, chat", _score, _read)
