"""Text and times for people: one clean line, a clock time, a table.

Belongs here: what every renderer does to a piece of text before its specific escaping. Must not go here: the escaping of
one format (``document.py``, ``exports.py``), or how long a field may be (``insights/plain.py``).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, Literal

_DROPPED = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Invisible characters that reorder or hide text. Joiners stay: Indic and Persian words need them."""
MARKS_KEPT: Final = 30
"""Combining marks of one character that ``normalized`` keeps."""
_OVERLONG_MARKS: Final = re.compile(rf"[^\x00-\x7f]{{{MARKS_KEPT + 1},}}+")
"""Matches places that may have more marks than that; only there is the text checked mark by mark."""


def one_line(value: str) -> str:
    """``value`` with every run of white space and control characters collapsed to one space, safe to print on a terminal."""
    kept = ("" if c in _DROPPED else " " if unicodedata.category(c) in ("Cc", "Cs") else c for c in value)
    return " ".join("".join(kept).split())


def normalized(form: Literal["NFC", "NFKC", "NFKD"], value: str) -> str:
    """``value`` in a Unicode normal form, in linear time: only the first ``MARKS_KEPT`` of consecutive marks are kept.

    Python uses insertion sort for the combining marks of a character, which takes hours for a million of them. Real text
    has up to eight; thirty is the limit of Unicode's Stream-Safe Text Format (UAX #15, section 13).
    """
    if value.isascii():
        return value
    return unicodedata.normalize(form, _OVERLONG_MARKS.sub(_first_marks, value))


def _first_marks(found: re.Match[str]) -> str:
    """The matched non-ASCII text, with at most ``MARKS_KEPT`` consecutive marks."""
    kept: list[str] = []
    marks = 0
    for character in found[0]:
        # Decompose first: some characters are not marks themselves, but decompose into marks.
        marks = marks + 1 if unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) else 0
        if marks <= MARKS_KEPT:
            kept.append(character)
    return "".join(kept)


def short_line(value: str, limit: int) -> str:
    """``value`` on one line, at most ``limit`` characters, with an ellipsis where it was cut."""
    line = one_line(value)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clock(ms: int) -> str:
    """A time inside a recording as ``h:mm:ss``, rounded down to the second."""
    seconds = max(ms, 0) // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are as wide as their widest cell, two spaces apart."""
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heading, *rows]]
    return "\n".join(line.rstrip() for line in lines)
