"""The rows of a text export, parsed once and shared by all text formats.

Must not go here: what a row means (``speaker_heads.py``, ``formats/``), encodings (``text.py``).
"""

import io
import re
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.text import one_line
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.text import too_many_lines

HEAD_CHARACTERS: Final = 240
"""Names and times stand within this many characters of a row; patterns look no further, however long the row is."""
_HAS_TIME: Final = re.compile(r"\d[:;]\d\d|\d\s?[hmsoug]", re.IGNORECASE)
_CUE_TIMES: Final = re.compile(
    r"[\d:.,]{4,20}+\s{1,20}+-->\s{1,20}+[\d:.,]{4,20}+(?:\s{1,20}+[a-z]{1,20}+:\S{1,40}+){0,8}"
)
_MARKUP: Final = re.compile(r"^(?:#{1,6}+\s++|>\s++)")
_SENTENCE_END: Final = tuple(".?!…\u3002\uff1f\uff01\u061f\u0964")


@dataclass(frozen=True)
class Row:
    """A row that is not blank.

    Attributes:
        text: the row without white space at its ends, bold markup and heading marks.
        head: its first ``HEAD_CHARACTERS`` characters, for patterns.
        after_blank: whether it follows a blank row, or is the first.
        has_time: whether it may have a time near its beginning.
    """

    text: str
    head: str
    after_blank: bool
    has_time: bool

    @property
    def is_short(self) -> bool:
        """Whether ``head`` is the whole row."""
        return len(self.head) == len(self.text)


def rows_of(text: str) -> tuple[Row, ...]:
    """The rows of a file. Raises: IntakeRefused ``too_large`` (too many rows)."""
    rows: list[Row] = []
    blank = True
    for line in io.StringIO(text):
        row = _MARKUP.sub("", line.strip())
        if row.startswith("**"):
            row = row.replace("**", "").strip()
        if not row:
            blank = True
            continue
        head = row[:HEAD_CHARACTERS]
        rows.append(Row(row, head, blank, _HAS_TIME.search(head) is not None))
        blank = False
        if len(rows) > policies.MAX_TRANSCRIPT_LINES:
            raise too_many_lines()
    return tuple(rows)


def has_cue_times(row: Row) -> bool:
    """Whether a row gives the times of a cue, as in WebVTT and SRT."""
    return row.has_time and _CUE_TIMES.fullmatch(row.head) is not None


def is_sentence(text: str) -> bool:
    """Whether a row above the talk is a sentence, and not a title, a date or a list of names."""
    if len(text) > HEAD_CHARACTERS:
        return True
    said = one_line(text)
    long = len(said.split()) >= 4 or (not said.isascii() and len(said) >= 8)
    return long and said.endswith(_SENTENCE_END)
