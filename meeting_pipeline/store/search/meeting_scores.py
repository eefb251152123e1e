"""Which meetings may answer a question best: each word is looked up separately in the index, and meetings are scored by BM25.

A question's words may be spread over lines, and all lookups are bounded.
Must not go here: what is found in a meeting (``retrieving.py``, ``domain/questions/windows.py``).
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.questions.reading import Asked, AskedWord
from meeting_pipeline.domain.search_lines import FIRST_CLAIM
from meeting_pipeline.domain.search_queries import Term
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.limiting import selected_meetings
from meeting_pipeline.store.search.line_filters import LineFilter, Matches
from meeting_pipeline.store.search.matching import matching
from meeting_pipeline.store.search.meeting_sizes import MeetingSizes, meeting_sizes
from meeting_pipeline.store.search.numbers import (
    HIGHEST,
    day_after,
    days_of,
    first_of_day,
    lines_from,
    meeting_of,
    meetings_of,
)
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.tables import SearchName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SATURATION: Final = 1.2
"""BM25's k1: how soon a word that is frequent in a meeting says no more."""
_CLAIM_WEIGHT: Final = 5
"""A line about a result of a meeting counts like this many lines that were said."""
_AGE_SHARE: Final = 0.15
"""What age can take of a meeting's score: a question is rarely about what was last said alone."""
_HALF_LIFE_DAYS: Final = 365.0
"""After a year, a meeting has lost half of what age can take."""
_DAYS_FACTOR: Final = 2.0
"""Factor of meetings of the days that the question names."""
_PERSON: Final = 0.5
"""Weight of a person of the question who takes part, compared with a rare word."""
_NAMES: Final = (
    select(SearchName.number, func.aggregate_strings(SearchName.folded, " "))
    .where(SearchName.number.in_(bindparam("numbers", expanding=True)))
    .group_by(SearchName.number)
)


def meeting_scores(session: Session, asked: Asked, question: Question, today: int) -> dict[int, float]:
    """Meeting -> score, of all meetings that have a word of the question."""
    import numpy as np

    selected = selected_meetings(session, question)
    if selected is not None and not selected:
        return {}
    lowest, ceiling = lines_from(first_of_day(question.since)) if question.since else 0, HIGHEST
    if question.until:
        ceiling = min(lines_from(day_after(question.until)), HIGHEST)
    sizes = meeting_sizes(session)
    scores, rarest = np.zeros(len(sizes.numbers)), 0.0
    for word in asked.words:
        matches = matching(session, _filter_for(session, word, selected), lowest, ceiling)
        rarity = word.weight * _rarity(sizes, matches, lowest)
        rarest = max(rarest, rarity)
        often = _often(sizes, matches.numbers)
        scores += rarity * often / (often + _SATURATION * sizes.lengths)
    _add_people(session, asked, sizes.numbers, scores, rarest)
    scores *= _by_day(asked, sizes.numbers, today)
    found = np.flatnonzero(scores)
    return dict(zip(sizes.numbers[found].tolist(), scores[found].tolist(), strict=True))


def _filter_for(session: Session, word: AskedWord, selected: tuple[int, ...] | None) -> LineFilter:
    if word.unspaced:
        return LineFilter((Term((word.folded,), unspaced=True),), (), (), False, False, selected)
    if session.connection().dialect.name == "sqlite":  # the index has no stems
        either = tuple(Term((root,), prefix=root not in (word.folded, *word.alike)) for root in word.roots)
    else:
        either = tuple(Term((one,)) for one in (word.folded, *word.alike))
    return LineFilter((), (), (), False, False, selected, either)


def _often(sizes: MeetingSizes, lines: Sequence[int]) -> "NDArray[np.float64]":
    """How often each meeting has a word."""
    import numpy as np

    numbers = np.array(lines, dtype=np.int64)
    weights = np.where(numbers & FIRST_CLAIM, float(_CLAIM_WEIGHT), 1.0)
    places = np.searchsorted(sizes.numbers, meetings_of(numbers))
    return np.bincount(places, weights, minlength=len(sizes.numbers) + 1)[: len(sizes.numbers)].astype(float)


def _rarity(sizes: MeetingSizes, matches: Matches, lowest: int) -> float:
    """BM25's weight of a word, by the share of lines that have it among those that were looked through."""
    looked = sizes.since(meeting_of(matches.floor)) if matches.floor > lowest else sizes.total
    having = len(matches.numbers)
    return math.log(1 + (max(looked, having) - having + 0.5) / (having + 0.5))


def _add_people(
    session: Session, asked: Asked, numbers: "NDArray[np.int64]", scores: "NDArray[np.float64]", rarest: float
) -> None:
    """A meeting in which a person of the question takes part is more likely the right one."""
    import numpy as np

    best = np.argsort(-scores, kind="stable")[: policies.SEARCH_AT_ONCE]
    best = best[scores[best] > 0]
    names = dict(session.execute(_NAMES, {"numbers": numbers[best].tolist()}).tuples().all())
    wanted = {word.folded for word in asked.words}
    present = [place for place in best.tolist() if not wanted.isdisjoint(names.get(int(numbers[place]), "").split())]
    scores[present] += _PERSON * rarest


def _by_day(asked: Asked, meetings: "NDArray[np.int64]", today: int) -> "NDArray[np.float64]":
    """What the day of each meeting makes of its score."""
    import numpy as np

    days = days_of(meetings)
    factors = 1 - _AGE_SHARE + _AGE_SHARE * 0.5 ** (np.maximum(today - days, 0) / _HALF_LIFE_DAYS)
    if asked.days is not None:
        named = (days >= asked.days.first.toordinal()) & (days <= asked.days.last.toordinal())
        factors = np.where(named, factors * _DAYS_FACTOR, factors)
    return factors
