"""What lines must have, and the lines that have it. The same for both databases.

Must not go here: statements (``matching.py``, ``postgres_matching.py``).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import neg

from meeting_pipeline.domain.search_queries import Term
from meeting_pipeline.store.search.numbers import lines_from, meeting_of


@dataclass(frozen=True)
class LineFilter:
    """What a line must have. ``people``: marks of which it needs one; ``marks``: all of these.

    ``said_only``: only lines of the transcript. ``meetings``: only lines of these meetings; ``None``: of all. ``either``: terms
    of which it needs one.
    """

    terms: tuple[Term, ...]
    marks: tuple[str, ...]
    people: tuple[tuple[str, ...], ...]
    said_only: bool
    unverified: bool
    meetings: tuple[int, ...] | None = None
    either: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Matches:
    """Line numbers, newest first, and the line number down to which they are all of them."""

    numbers: Sequence[int]
    floor: int


def whole_meetings(numbers: Sequence[int], floor: int, most: int) -> Matches:
    """Without the last meeting if the limit may have cut it, unless there is no other."""
    if len(numbers) < most:
        return Matches(numbers, floor)
    cut = meeting_of(numbers[-1])
    whole = numbers[: bisect_right(numbers, -lines_from(cut + 1), key=neg)]
    if whole:
        return Matches(whole, lines_from(cut + 1))
    return Matches(numbers, lines_from(cut))
