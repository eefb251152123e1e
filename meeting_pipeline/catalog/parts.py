"""How the cross-meeting tables are cut into parts, so that a change rewrites a bounded number of rows.

There is one part for each month; a month with many meetings has several. A part is named after its beginning and ends where the
next one begins: ``2026-11`` holds the whole month until it is too large, then ``2026-11-17`` begins on its 17th. The meetings of
a single day are cut by hash digits of their ids: ``2026-11-17-8``. Both the day and the digits follow from the id of a
recording, so the part of a deleted recording is known too, and no part name contains words of a title.
Must not go here: rows and columns (``tables.py``), files (``files.py``).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.keys import place_digits

if TYPE_CHECKING:
    from pandas import DataFrame

PART_MEETINGS: Final = 1000
"""Rows of meetings in a part, at most. A refresh rewrites the parts that have changed, in some 50 ms each; more and smaller parts
would slow down those who read the whole table."""
PART_ITEMS: Final = 5000
"""Rows of action items in a part, at most, unless a single meeting has more."""
EMPTY: Final = "empty"
"""The only part of tables without meetings: a reader finds their columns."""
_MONTH: Final = len("2026-11")
_DAY: Final = len("2026-11-17")


def position(key: str) -> str:
    """The place of a recording among all parts: its day and hash digits of its id."""
    return f"{key[:_DAY]}-{place_digits(key)}"


def month_of(name: str) -> str:
    """The month of a part, a position or a recording."""
    return name[:_MONTH]


def part_of(key: str, names: Sequence[str]) -> str:
    """The part that has, or is to have, the rows of this recording. ``names``: of the present parts, in order."""
    place = position(key)
    before = bisect_right(names, place) - 1
    return names[before] if before >= 0 and month_of(names[before]) == month_of(place) else month_of(place)


def cut(
    name: str, tables: "Mapping[str, DataFrame]", most: Mapping[str, int]
) -> "Iterator[tuple[str, Mapping[str, DataFrame]]]":
    """The rows of one part as one or more parts, none with more than ``most`` rows of a table."""
    bound = None
    if any(len(frame) > most[table] for table, frame in tables.items()):
        bound = _middle(sorted({position(key) for frame in tables.values() for key in frame["recording_id"]}))
    if bound is None:
        yield name, tables
        return
    yield from cut(name, {table: _side(frame, bound, after=False) for table, frame in tables.items()}, most)
    yield from cut(bound, {table: _side(frame, bound, after=True) for table, frame in tables.items()}, most)


def _middle(places: Sequence[str]) -> str | None:
    """Where to cut: at the beginning of a day if there are several, otherwise between digits. ``None``: it is one meeting."""
    first, middle, last = places[0], places[len(places) // 2], places[-1]
    for day in (middle[:_DAY], last[:_DAY]):
        if day > first:
            return day
    for length in range(_DAY + 2, len(middle) + 1):
        for place in (middle, last):
            if place[:length] > first:
                return place[:length]
    return None


def _side(frame: "DataFrame", bound: str, *, after: bool) -> "DataFrame":
    import numpy as np

    mine = np.fromiter(((position(key) >= bound) == after for key in frame["recording_id"]), bool, len(frame))
    return frame.loc[mine].reset_index(drop=True)
