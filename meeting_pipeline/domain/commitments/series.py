"""Which meetings belong to one series: those with the same title, apart from dates and numbers.

1. The words of the title, without numbers, dates, names of days and months, the extension of a file, and words such as "copy".
2. If nothing distinctive is left ("Meeting", "Zoom call", "2026-11-20"), the people: meetings of exactly the same people.
3. If nobody is known either, the recording is its own series, and nothing is linked.

Two meetings of a series whose known people have nobody in common are not linked (``linking.py``): two teams may both
have a "Weekly".
Must not go here: comparing items.
"""

import re
from collections.abc import Iterable
from typing import Final

from meeting_pipeline.domain.commitments.people import folded_words
from meeting_pipeline.domain.text import normalized
from meeting_pipeline.domain.verification.wordlists import DAYS, MONTHS, NUMBER_WORDS
from meeting_pipeline.domain.word_sets import word_set

_WORD: Final = re.compile(r"[^\W\d_]++")
_EXTENSION: Final = re.compile(r"\.[a-z0-9]{2,4}\Z")
_SHORT_DATES: Final = word_set(
    "mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec kw cw q"
)
_COPIES: Final = word_set(
    "copy final new version v part pt no nr number rec recorded week day st nd rd th am pm utc gmt"
)
_EMPTY_TITLES: Final = word_set("""
    meeting meetings call calls recording recordings audio video zoom teams meet google webex microsoft untitled voice memo note
    notes the a an of and with on in at for my our chat conversation transcript file track gmt sync catchup
    """)
_LONGEST: Final = 180
"""Characters: with its kind in front it fits into a column of 200."""
_LEAST_PEOPLE: Final = 2
"""Meetings of one known person are not series: that person is in many of them."""


def series_of(title: str, people: Iterable[str], recording: str) -> str:
    """Names the series of a meeting, as ``title:...``, ``people:...`` or ``recording:...``; at most 200 characters."""
    words = title_words(title)
    if set(words) - _EMPTY_TITLES:
        return f"title:{' '.join(words)[:_LONGEST]}"
    known = sorted({folded for name in people if (folded := " ".join(folded_words(name)))})
    if len(known) >= _LEAST_PEOPLE:
        return f"people:{', '.join(known)[:_LONGEST]}"
    return f"recording:{recording}"


def title_words(title: str) -> list[str]:
    """The words of a title that all meetings of the series have."""
    folded = _EXTENSION.sub("", normalized("NFKC", title).casefold().strip())
    left_out = DAYS | MONTHS | _SHORT_DATES | NUMBER_WORDS | _COPIES
    return [word for word in _WORD.findall(folded) if word not in left_out]
