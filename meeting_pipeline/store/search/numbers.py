"""Numbers of meetings and lines: newer meetings have higher numbers, so a walk from the highest begins with the newest.

A meeting's number is the day of the meeting and a number within that day; a line's is that and its position in the meeting.
Must not go here: which positions there are (``domain/search_lines.py``).
"""

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BITS: Final = 20
"""Bits of a number for what is counted within one: meetings of a day, lines of a meeting."""
WIDTH: Final = 2**_BITS
"""Lines of a meeting, and meetings of a day: together with the days until the year 9999, 62 bits."""
HIGHEST: Final = 2**63 - 1
"""The largest integer that both databases store."""


def first_of_day(day: date) -> int:
    """The first meeting number of a day."""
    return day.toordinal() << _BITS


def day_after(day: date) -> int:
    """The first meeting number of the next day."""
    return (day.toordinal() + 1) << _BITS


def day_of(meeting: int) -> date:
    """The day of a meeting."""
    return date.fromordinal(meeting >> _BITS)


def lines_from(meeting: int) -> int:
    """The first line number of a meeting."""
    return meeting << _BITS


def meeting_of(line: int) -> int:
    """The meeting of a line."""
    return line >> _BITS


def position_of(line: int) -> int:
    """The position of a line in its meeting."""
    return line & (WIDTH - 1)


def meetings_of(lines: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The meeting of each line."""
    return lines >> _BITS


def days_of(meetings: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The day of each meeting, as an ordinal number."""
    return meetings >> _BITS
