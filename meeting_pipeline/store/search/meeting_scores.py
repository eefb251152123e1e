"""Which meetings may answer a question best: each word is looked up separately in the index, and meetings are scored by BM25.

A question's words may be spread over lines, and all lookups are bounded.
Must not go here: what is found in a meeting (``retrieving.py``, ``domain/questions/windows.py``).
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.questions.reading import Asked, AskedWord
from meeting_pipeline.domain.search_lines import FIRST_CLAIM
from meeting_pipeline.domain.search_queries import Term
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.limiting import selected_meetings
from meeting_pipeline.store.search.matching import LineFilter, Matches, matching
from meeting_pipeline.store.search.numbers import HIGHEST, day_after, first_of_day, lines_from, meeting_of
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.tables import SearchMeeting, SearchName

_SATURATION: Final = 1.2
"""BM25's k1: how soon a word that is frequent in a meeting says no more."""
_CLAIM_WEIGHT: Final = 5
"""A line of what came out of a meeting counts like so many lines that were said."""
_AGE_SHARE: Final = 0.15
"""What age can take of a meeting's score: a question is rarely about what was last said alone."""
_HALF_LIFE_DAYS: Final = 365.0
"""After a year, a meeting has lost half of what age can take."""
_DAYS_FACTOR: Final = 2.0
"""Factor of meetings of the days that the question names."""
_PERSON: Final = 0.5
"""Weight of a person of the question who takes part, compared with a rare word."""


def meeting_scores(session: Session, asked: Asked, question: Question, today: int) -> dict[int, float]:
    """Meeting -> score, of all meetings that have a word of the question."""
    selected = selected_meetings(session, question)
    if selected is not None and not selected:
        return {}
    lowest, ceiling = lines_from(first_of_day(question.since)) if question.since else 0, HIGHEST
    if question.until:
        ceiling = min(lines_from(day_after(question.until)), HIGHEST)
    sizes = _Sizes.read(session)
    scores: dict[int, float] = {}
    counted: list[tuple[float, Counter[int]]] = []
    for word in asked.words:
        matches = matching(session, _wanted(session, word, selected), lowest, ceiling)
        rarity = word.weight * _rarity(sizes, matches, lowest)
        often = Counter(map(meeting_of, matches.numbers))
        for number in matches.numbers:
            if number & FIRST_CLAIM:
                often[meeting_of(number)] += _CLAIM_WEIGHT - 1
        counted.append((rarity, often))
    for rarity, often in counted:
        for meeting, count in often.items():
            if meeting in sizes.lines:
                length = 0.25 + 0.75 * sizes.lines[meeting] / sizes.average
                scores[meeting] = scores.get(meeting, 0.0) + rarity * count / (count + _SATURATION * length)
    _add_people(session, asked, scores, max((rarity for rarity, _ in counted), default=0.0))
    return {meeting: score * _by_day(asked, meeting, today) for meeting, score in scores.items()}


def _wanted(session: Session, word: AskedWord, selected: tuple[int, ...] | None) -> LineFilter:
    if word.unspaced:
        return LineFilter((Term((word.folded,), unspaced=True),), (), (), False, False, selected)
    if session.connection().dialect.name == "sqlite":  # the index has no stems
        either = tuple(Term((root,), prefix=root not in (word.folded, *word.alike)) for root in word.roots)
    else:
        either = tuple(Term((one,)) for one in (word.folded, *word.alike))
    return LineFilter((), (), (), False, False, selected, either)


@dataclass(frozen=True)
class _Sizes:
    """How many lines each meeting has, read once for a question: ten thousand meetings in some milliseconds.

    ``before``: the lines of all meetings before each place in ``numbers``, which ascend.
    """

    lines: Mapping[int, int]
    numbers: Sequence[int]
    before: Sequence[int]

    @staticmethod
    def read(session: Session) -> "_Sizes":
        query = select(SearchMeeting.number, SearchMeeting.lines).order_by(SearchMeeting.number)
        lines = dict(session.execute(query).tuples().all())
        return _Sizes(lines, list(lines), [0, *accumulate(lines.values())])

    @property
    def average(self) -> float:
        return max(self.before[-1] / len(self.numbers), 1.0) if self.numbers else 1.0

    def since(self, meeting: int) -> int:
        """The lines of this meeting and all newer ones."""
        return self.before[-1] - self.before[bisect_left(self.numbers, meeting)]


def _rarity(sizes: _Sizes, matches: Matches, lowest: int) -> float:
    """BM25's weight of a word, by the share of lines that have it among those that were looked through."""
    looked = sizes.since(meeting_of(matches.floor)) if matches.floor > lowest else sizes.before[-1]
    having = len(matches.numbers)
    return math.log(1 + (max(looked, having) - having + 0.5) / (having + 0.5))


def _add_people(session: Session, asked: Asked, scores: dict[int, float], rarest: float) -> None:
    """A meeting in which a person of the question takes part is more likely the right one."""
    best = sorted(scores, key=lambda number: -scores[number])[: policies.SEARCH_AT_ONCE]
    wanted = {word.folded for word in asked.words}
    rows = session.execute(select(SearchName.number, SearchName.folded).where(SearchName.number.in_(best)))
    present: dict[int, set[str]] = {}
    for number, folded in rows:
        present.setdefault(number, set()).update(wanted.intersection(folded.split()))
    for number, words in present.items():
        scores[number] += _PERSON * rarest * bool(words)


def _by_day(asked: Asked, meeting: int, today: int) -> float:
    day = meeting >> 20
    age = max(today - day, 0)
    factor = 1 - _AGE_SHARE + _AGE_SHARE * 0.5 ** (age / _HALF_LIFE_DAYS)
    named = asked.days is not None and asked.days.first.toordinal() <= day <= asked.days.last.toordinal()
    return float(factor * (_DAYS_FACTOR if named else 1.0))
