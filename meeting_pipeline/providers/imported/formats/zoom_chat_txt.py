"""Chats of Zoom, Teams and WhatsApp: recognised to be refused with that reason. What people type is no transcript.

Must not go here: Zoom's transcripts (``zoom_txt.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import bad_transcript

_CHAT: Final = re.compile(
    r"(?:\d{4}-\d{2}-\d{2}\s)?(?:\d{1,2}:\d{2}:\d{2}\s{0,3}\t\s{0,3}(?:From\s)?[^\t]{1,120}?:\s{0,3}(?:\t|$)"
    r"|\d{1,2}:\d{2}:\d{2}\s{0,3}\t\s{0,3}From\s{1,3}[^\t:]{1,120}?\s:\s"
    r"|\d{1,2}:\d{2}:\d{2}\s{1,3}From\s[^\t:]{1,120}\s[Tt]o\s)"
)
_MESSENGER: Final = re.compile(
    r"[\u200e\u200f]?(?:\[\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?\s?[Mm]\.?)?\]\s"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s\d{1,2}:\d{2}(?:\s?[AaPp]\.?\s?[Mm]\.?)?\s-\s"
    r"|\[\d{1,2}[./]\d{1,2}\s\d{1,2}:\d{2}\s?[AaPp][Mm]\]\s)"
)
"""Day and time before the name, as WhatsApp and Teams write them."""
_DATED_FIRST: Final = re.compile(r"[\u200e\u200f]?\[\d{4}-\d{2}-\d{2}\s")
"""The day in the order of machines: a log, or a transcript by a program of its own."""
_SURE: Final = 0.93
_MOST: Final = 0.5
"""Share of the rows that begin a message: the others continue one."""


def _score(source: Source) -> float:
    if not source.is_text:
        return 0.0
    messages = sum(row.has_time and _is_message(row.head) for row in source.rows)
    return _SURE if messages and messages >= _MOST * len(source.rows) else 0.0


def _is_message(head: str) -> bool:
    if _CHAT.match(head):
        return True
    return _MESSENGER.match(head) is not None and not _DATED_FIRST.match(head)


def _read(_source: Source) -> Export:
    raise bad_transcript("The file is the chat of a meeting, not its transcript.")


FORMAT: Final = ExportFormat("zoom-chat-txt", "Chat of a meeting", _score, _read)
