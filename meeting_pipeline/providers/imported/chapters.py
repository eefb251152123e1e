"""Recognises a list of chapters, whatever format it has: titles from the beginning of the recording on, which nobody said.

Must not go here: lists of chapters beside a transcript (``json_talk.py``), summaries (``formats/summary_txt.py``).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.providers.imported.lines import Line
from meeting_pipeline.providers.imported.text_rows import SENTENCE_END

_FEWEST: Final = 3
_MOST_WORDS: Final = 8
"""Words of a title."""
_BEGIN_MS: Final = 1_000
_LENGTH_MS: Final = 30_000
"""Chapters are longer than this on average; captions are not."""
_GAP_MS: Final = 1_500
"""Nothing lies between two chapters."""


def are_chapters(lines: Sequence[Line]) -> bool:
    """Whether these are titles: nobody speaks them, none is a sentence, one begins where another ends, and each takes long."""
    starts = [line.start_ms for line in lines if line.start_ms is not None]
    if len(lines) < _FEWEST or len(starts) < len(lines) or starts[0] > _BEGIN_MS or starts != sorted(starts):
        return False
    if any(line.speaker or len(line.text.split()) > _MOST_WORDS or line.text.endswith(SENTENCE_END) for line in lines):
        return False
    if any(line.text[:1].islower() for line in lines) or starts[-1] - starts[0] < _LENGTH_MS * (len(lines) - 1):
        return False
    return all(
        before.end_ms is None or after.start_ms is None or abs(after.start_ms - before.end_ms) <= _GAP_MS
        for before, after in pairwise(lines)
    )
