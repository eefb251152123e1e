"""Finds where the talk begins below a summary: after a row ``Transcript``, in the language of the program.

Gemini, Otter, Granola and others put their notes above the talk. Nobody said the words in these notes.
Must not go here: what becomes of the rows above (``turns.py``), files that are a summary alone (``formats/summary_txt.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.word_sets import word_set
from meeting_pipeline.providers.imported.prefixes import judged_prefixes, split_prefix
from meeting_pipeline.providers.imported.text_rows import Row

_WORDS: Final = word_set("""
    transcript transkript transkription transcription transcripción transcrição trascrizione transcriptie transkrypcja transkrypt
    transcripció транскрипт транскрипция расшифровка стенограмма 文字起こし 转写 转录 逐字稿 文字记录 会议记录 전사 תמליל النص
""")
_LAST_PART: Final = re.compile(r".{1,120}(?::|\s[-\N{EN DASH}\N{EM DASH}])\s")
"""The title of the meeting before the word."""
_LONGEST: Final = 160
"""Characters of a heading with a title."""
_FILLERS: Final = word_set("full meeting complete huddle call vollständiges completa complète completo")
_FEW_NAMES: Final = 2
"""If this many names are above the row, and one of them speaks below it, the row is within the talk."""
_MOST_TRIED: Final = 4
"""So many rows are tried, from the last: judging the names of a file is costly, and one or two of its rows are headings."""


def is_transcript_heading(text: str) -> bool:
    """Whether a row says that the transcript follows."""
    if len(text) > _LONGEST:
        return False
    title = _LAST_PART.match(text)
    text = text[title.end() :] if title else text
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
    found = [place for place, row in enumerate(rows[:-1]) if row.is_short and is_transcript_heading(row.text)]
    return next((place + 1 for place in reversed(found[-_MOST_TRIED:]) if _ends_notes(rows, place)), 0)


def _ends_notes(rows: Sequence[Row], place: int) -> bool:
    """Whether the rows above a heading are notes. ``Ben: Transcript.`` is what somebody said."""
    if rows[place].text[0].islower() or _is_said(rows, place):
        return False
    above, talk = [row.text for row in rows[:place]], [row.text for row in rows[place + 1 :]]
    found = judged_prefixes(talk) or judged_prefixes(talk[:-1])  # a remark may end it
    names = {prefix.name for prefix in found.values()}
    shared = sum(prefix is not None and prefix.name in names for prefix in map(split_prefix, above))
    return bool(names) and (shared == 0 or (shared < _FEW_NAMES and len(judged_prefixes(above)) < _FEW_NAMES))


def _is_said(rows: Sequence[Row], place: int) -> bool:
    """Whether the name of a speaker is before the heading. A title comes once, and before all names."""
    own = split_prefix(rows[place].text)
    if own is None:
        return False
    names = judged_prefixes([row.text for row in rows])
    return place in names and (
        place > min(names) or any(names[other].name == own.name for other in names if other != place)
    )
