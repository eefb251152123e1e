"""Where the talk begins in a file with a summary above it: below a row ``Transcript``, in the language of the program.

Gemini, Otter, Granola and others put their notes above the talk. What they say in them, nobody said.
Must not go here: what becomes of the rows above (``turns.py``), files that are a summary alone (``formats/summary_txt.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.verification.wordlists import listed
from meeting_pipeline.providers.imported.prefixes import judged_prefixes
from meeting_pipeline.providers.imported.text_rows import Row

_WORDS: Final = listed("""
    transcript transkript transkription transcription transcripción transcrição trascrizione transcriptie transkrypcja transkrypt
    transcripció транскрипт транскрипция расшифровка стенограмма 文字起こし 转写 转录 逐字稿 文字记录 会议记录 전사 תמליל النص
""")
_LAST_PART: Final = re.compile(r".{1,120}(?::|\s[-\N{EN DASH}\N{EM DASH}])\s")
"""The title of the meeting before the word."""
_FILLERS: Final = listed("full meeting complete huddle call audio the vollständiges completa complète completo")
_MOST_SHARED: Final = 1
"""So many speakers of the talk may be before a colon in the notes; with more, the row is something that somebody said."""


def is_transcript_heading(text: str) -> bool:
    """Whether a row says that the transcript follows."""
    text = _LAST_PART.sub("", text)
    words = [
        word
        for part in text.casefold().split()
        if (word := part.strip("#*:-_.\N{EN DASH}\N{EM DASH}")) and word[0].isalpha()
    ]
    return (
        0 < len(words) <= 3
        and any(word in _WORDS for word in words)
        and all(word in _WORDS or word in _FILLERS for word in words)
    )


def talk_begins(rows: Sequence[Row]) -> int:
    """The place of the first row of the talk; 0 if no heading tells."""
    place = max(
        (place + 1 for place, row in enumerate(rows[:-1]) if row.is_short and is_transcript_heading(row.text)),
        default=0,
    )
    if place == 0:
        return 0
    above = {prefix.name for prefix in judged_prefixes([row.text for row in rows[: place - 1]]).values()}
    talk = [row.text for row in rows[place:]]
    below = {
        prefix.name for prefix in (judged_prefixes(talk) or judged_prefixes(talk[:-1])).values()
    }  # a remark may end it
    return place if below and len(above & below) <= _MOST_SHARED else 0
