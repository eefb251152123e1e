"""The order of results: BM25 over meetings, reduced with age.

A query counts as one term, whose document is the meeting: what matters is how many of its lines match, and how many it has. The
weight of a term's rarity would be the same for all results. Within a meeting, results precede transcript lines.
Must not go here: which lines match (``matching.py``).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import takewhile
from typing import Final

from meeting_pipeline.domain.search_lines import FIRST_CLAIM
from meeting_pipeline.store.search.numbers import meeting_of

_SATURATION: Final = 1.2
"""BM25's `k1`; see Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), for this value and the next."""
_LENGTH: Final = 0.75
"""BM25's `b`."""
_CLAIM_WEIGHT: Final = 5
"""Lines that one claim, title or name counts for: it sums up many."""
_HALF_LIFE_DAYS: Final = 365.0
"""After this time, half of the share that age can take is gone ..."""
_AGE_SHARE: Final = 0.5
"""... which is half of the score: an old meeting that is about nothing else precedes a new one that mentions it."""


def by_meeting(numbers: Iterable[int]) -> dict[int, list[int]]:
    """Meeting -> its lines, best first."""
    found: dict[int, list[int]] = {}
    said: list[int] = []
    for number in sorted(numbers):
        if number & FIRST_CLAIM:
            found.setdefault(meeting_of(number), []).append(number)
        else:
            said.append(number)
    for number in said:
        found.setdefault(meeting_of(number), []).append(number)
    return found


def scores(
    found: Mapping[int, list[int]], lines: Mapping[int, tuple[int, date]], average: float, as_of: date
) -> list[tuple[float, int]]:
    """Score and meeting, best first. ``lines``: number of lines and date of each meeting."""
    return sorted(
        ((_score(found[meeting], *lines[meeting], average, as_of), meeting) for meeting in found if meeting in lines),
        reverse=True,
    )


def _score(matches: list[int], lines: int, day: date, average: float, as_of: date) -> float:
    claims = sum(1 for _ in takewhile(FIRST_CLAIM.__and__, matches))
    often = len(matches) + claims * (_CLAIM_WEIGHT - 1)
    length = 1 - _LENGTH + _LENGTH * lines / max(average, 1.0)
    relevance = often * (_SATURATION + 1) / (often + _SATURATION * length)
    age = max((as_of - day).days, 0)
    return float(relevance * (1 - _AGE_SHARE + _AGE_SHARE * 0.5 ** (age / _HALF_LIFE_DAYS)))
