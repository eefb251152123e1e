"""The rows of a text export, parsed once and shared by all text formats.

Must not go here: what a row means (``speaker_heads.py``, ``formats/``), encodings (``text.py``).
"""

import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.text import normalized, one_line
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.name_shapes import DIRECTIONS
from meeting_pipeline.providers.imported.text import too_many_lines

HEAD_CHARACTERS: Final = 240
"""Names and times stand within this many characters of a row; patterns look no further, however long the row is."""
_HAS_TIME: Final = re.compile(r"\d[:;]\d\d|\d\s?[^\W\d_]|\d\.\d\d\.\d\d|^[\[(]\d{1,6}[.,]\d")
_CUE_TIMES: Final = re.compile(
    r"[\d:.,]{4,20}+\s{1,20}+-->\s{1,20}+[\d:.,]{4,20}+(?:\s{1,20}+[a-z]{1,20}+:\S{1,40}+){0,8}"
)
_MARKUP: Final = re.compile(r"^(?:#{1,6}+\s++|>\s++)")
_ANCHOR: Final = re.compile(r"\s{0,3}\{#[^{}]{1,200}+\}$")
"""What Google Docs writes behind headings in Markdown."""
_EMPHASIS: Final = re.compile(r"(?<![\w*_`])([*_`])(?=[^\s*_`])(?P<words>[^*_`]{1,100}+)(?<=\S)\1(?=\W|$)")
_BOLD: Final = re.compile(r"\*\*(?P<words>[^*]{1,300}+)\*\*")
_BULLET: Final = re.compile(r"^[-*+]\s{1,3}(?=\*\*)")
_RANGE: Final = re.compile(r"[(\[]\d{1,2}:\d{2}(?::\d{2})?\s?[-\N{EN DASH}]\s?\d{1,2}:\d{2}(?::\d{2})?[)\]]")
_TURN: Final = re.compile(
    r"(?:^|(?<=[.?!\N{HORIZONTAL ELLIPSIS}]\s))(?P<at>[\[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]?\s(?:-\s)?)?"
    r"(?P<name>[^\W\d_a-z][\w'.-]{0,30}+(?:\s[^\W\d_a-z][\w'.-]{0,30}+){0,3}):(?=\s)"
)
_WIDE_CLOCK: Final = re.compile(r"[\uff10-\uff19]{1,3}(?:\uff1a[\uff10-\uff19]{2}){1,2}")
_FEW_ROWS: Final = 2
SENTENCE_END: Final = tuple(".?!…\u3002\uff1f\uff01\u061f\u0964")


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
    if text.count("\n", 0, len(text.rstrip())) < _FEW_ROWS:
        text = _turns_in(text)
    for line in (part for whole in io.StringIO(text) for part in _unfolded(whole)):
        row = _MARKUP.sub("", (line if line.isascii() else DIRECTIONS.sub("", line)).strip())
        row = _without_emphasis(row)
        if "\uff1a" in row:
            row = _WIDE_CLOCK.sub(lambda found: normalized("NFKC", found[0]), row)
        if row.endswith("}"):
            row = _ANCHOR.sub("", row)
        if not row:
            blank = True
            continue
        head = row[:HEAD_CHARACTERS]
        rows.append(Row(row, head, blank, _HAS_TIME.search(head) is not None))
        blank = False
        if len(rows) > policies.MAX_TRANSCRIPT_LINES:
            raise too_many_lines()
    return tuple(rows)


def _without_emphasis(row: str) -> str:
    """The row without the marks of Markdown around names and times."""
    if "**" in row:
        row = _BOLD.sub(lambda found: found["words"], _BULLET.sub("", row))
    if row.startswith(("*", "_", "`", "- `")) or "_(" in row:
        row = _EMPHASIS.sub(lambda found: found["words"], row, count=2)
    return row


def _unfolded(line: str) -> list[str]:
    """The rows in a line: one before each range of times in brackets, which no talk has twice."""
    if line[:1] not in ("(", "[") or not _RANGE.match(line):
        return [line]
    starts = [found.start() for found in _RANGE.finditer(line)]
    return [line[start:end] for start, end in pairwise([*starts, len(line)])]


def _turns_in(text: str) -> str:
    """A text of one long row, with a row for each turn, if names come back in it after ends of sentences."""
    counts = Counter(found["name"] for found in _TURN.finditer(text))
    names = {name for name, count in counts.items() if count > 1}
    stamped = {found["name"] for found in _TURN.finditer(text) if found["at"]}
    names |= stamped if len(stamped & names) > 0 else set()
    first = _TURN.match(text)
    if len(names) < 2 or first is None or first["name"] not in names:
        return text
    return _TURN.sub(lambda found: f"\n{found[0]}" if found["name"] in names else found[0], text).lstrip("\n")


def has_cue_times(row: Row) -> bool:
    """Whether a row gives the times of a cue, as in WebVTT and SRT."""
    return row.has_time and _CUE_TIMES.fullmatch(row.head) is not None


def is_sentence(text: str) -> bool:
    """Whether a row above the talk is a sentence, and not a title, a date or a list of names."""
    if len(text) > HEAD_CHARACTERS:
        return True
    said = one_line(text)
    long = len(said.split()) >= 4 or (not said.isascii() and len(said) >= 8)
    return long and said.endswith(SENTENCE_END)
