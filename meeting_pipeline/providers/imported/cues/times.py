"""Timing rows of WebVTT and SRT: ``00:00:01.000 --> 00:00:04.000``, and what programs write instead.

Must not go here: which rows belong to a cue (``blocks.py``).
"""

import re
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.providers.imported.clock_times import FRAMES_PER_SECOND

ARROWS: Final = ("-->", "->", "\N{EN DASH}>", "\N{EM DASH}>", "\N{RIGHTWARDS ARROW}")
"""The arrow, and what text editors make of it."""
_STAMP: Final = re.compile(
    r"(?P<sign>-?)(?:(?P<h>[0-9]{1,9}+) ?: ?(?=[0-9]{1,9}+ ?:))?+(?P<m>[0-9]{1,9}+) ?: ?(?P<s>[0-9]{1,9}+)"
    r"(?: ?(?P<point>[.,:]) ?(?P<f>[0-9]{1,12}+))?+"
)
"""Hours, minutes, seconds and their fraction, of any number of digits. Two digits behind a third colon count frames."""
_BEFORE: Final = re.compile(r"\s{0,40}+(?:[0-9]{1,9}+[.)]?\s{1,9}+(?=-?[0-9]{1,9}+:))?+")
"""White space, and a number that should be in the row above."""
_ARROW: Final = re.compile(r"\s{0,40}+(?:-{1,3}+>|[\u2013\u2014]>|\u2192)\s{0,40}+")
_SETTING: Final = re.compile(r"(?:[a-z]{1,20}+[:=]\S*+|[XY][12]:[0-9]{1,9}+)\s*+", re.IGNORECASE)
"""A cue setting of WebVTT, or coordinates of SRT."""
_CLOCK: Final = re.compile(r"[0-9]:[0-9]")
_LETTERS: Final = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True)
class Timing:
    """A timing row. A time that cannot be read is ``None``. ``rest`` is what follows the settings."""

    start_ms: int | None
    end_ms: int | None
    rest: str = ""

    @property
    def readable(self) -> bool:
        """Whether the cue has a place in the meeting."""
        return self.start_ms is not None


def timing(row: str) -> Timing | None:
    """The times of a timing row; ``None`` for any other row.

    ``-00:00:01,000`` is 0. A row that has an arrow and at least one clock time, but no words, is a damaged timing row.
    """
    if ">" not in row and ARROWS[-1] not in row:
        return None
    begin = _BEFORE.match(row)
    start = _STAMP.match(row, begin.end() if begin else 0)
    arrow = _ARROW.match(row, start.end()) if start else None
    end = _STAMP.match(row, arrow.end()) if arrow else None
    if start and arrow and end:
        return Timing(milliseconds(start), milliseconds(end), _behind(row[end.end() :]))
    if len(row) > _LONGEST_DAMAGED or not _CLOCK.search(row) or _LETTERS.search(row):
        return None
    return Timing(milliseconds(start) if start and arrow else None, None)


_LONGEST_DAMAGED: Final = 200
"""Characters of a row that may be a damaged timing row; a whole one has some 30."""


def milliseconds(found: re.Match[str]) -> int:
    """A stamp in milliseconds; a negative one is 0. ``,5`` is half a second."""
    if found["sign"]:
        return 0
    if found["point"] == ":" and len(found["f"]) == 2:
        fraction = min(999, int(found["f"]) * 1000 // FRAMES_PER_SECOND)
    else:
        fraction = int((found["f"] or "0")[:3].ljust(3, "0"))
    return ((int(found["h"] or 0) * 60 + int(found["m"])) * 60 + int(found["s"])) * 1000 + fraction


def _behind(rest: str) -> str:
    """The words behind the cue settings."""
    at = len(rest) - len(rest.lstrip())
    while found := _SETTING.match(rest, at):
        at = found.end()
    words = rest[at:].strip()
    return words if any(character.isalnum() for character in words) else ""
