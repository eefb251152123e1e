"""Finds lines in all meetings: parses the query, matches, ranks, and reads the best lines for display.

Must not go here: the statements that match (``matching.py``), the order (``ranking.py``), what is shown of a line
(``showing.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.search_queries import Term, read_query
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.search.fusing import fused
from meeting_pipeline.store.search.limiting import near_meetings, selected_meetings
from meeting_pipeline.store.search.line_filters import LineFilter
from meeting_pipeline.store.search.line_marks import kind_mark, status_mark
from meeting_pipeline.store.search.matching import matching_any
from meeting_pipeline.store.search.meeting_sizes import meeting_sizes
from meeting_pipeline.store.search.naming import named
from meeting_pipeline.store.search.near_hits import with_near
from meeting_pipeline.store.search.nearest import NearMeeting
from meeting_pipeline.store.search.numbers import HIGHEST, day_after, day_of, first_of_day, lines_from
from meeting_pipeline.store.search.ranking import by_meeting, scores
from meeting_pipeline.store.search.showing import shown
from meeting_pipeline.store.search.values import Found, FoundMeeting, Meaning, Place, Question
from meeting_pipeline.store.tables import SearchMeeting, SearchPending

_WINDOWS: Final = 4
"""Steps back in time for one page, if the newest matches do not fill it."""


@retrying
class Search:
    """Repository of the search."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def find(
        self, question: Question, *, limit: int, lines: int, after: Place | None = None, meaning: Meaning | None = None
    ) -> Found:
        """At most ``limit`` meetings after a place, best first, each with at most ``lines`` hits.

        ``meaning``: of the question; the first page has what means the same too.

        Raises: PermanentError ``empty_query`` if it has neither a word nor a person, kind or status to look for.
        """
        with self._context.database.read() as session:
            pending = session.scalar(select(func.count()).select_from(SearchPending)) or 0
            terms = read_query(question.text, typing=question.typing)
            wanted = _line_filters(session, question, terms)
            found: list[FoundMeeting] = []
            place: Place | None = after or self._beginning(session, question)
            near = near_meetings(session, question, meaning) if meaning is not None and after is None else []
            for _ in range(_WINDOWS):
                if not wanted or place is None:
                    place = None
                    break
                some, place = _window(session, wanted, place, limit - len(found), lines, near)
                found += some
                near = []
                if len(found) >= limit:
                    break
            return Found(tuple(found), place, pending, by_meaning=meaning is not None and after is None)

    def _beginning(self, session: Session, question: Question) -> Place:
        average = session.scalar(select(func.avg(SearchMeeting.lines)))
        low, high = first_of_day(question.since or date.min), day_after(question.until or date.max)
        return Place(self._context.now().date(), float(average or 1), lines_from(low), min(lines_from(high), HIGHEST))


def _line_filters(session: Session, question: Question, terms: tuple[Term, ...]) -> list[LineFilter]:
    """What lines must have: one of these; empty if none can. Raises: PermanentError ``empty_query``."""
    marks = []
    if question.kind is not None and question.kind is not LineKind.TRANSCRIPT:
        marks.append(kind_mark(question.kind))
    if question.status:
        marks.append(status_mark("".join(c for c in question.status if c.isalnum())))
    people = [name for name in (question.speaker, question.person) if name]
    if not (terms or marks or people):
        raise PermanentError(
            "empty_query",
            "The search is empty.",
            "Give a word of at least one letter or digit, or a speaker, a person, a kind or a status.",
        )
    meetings = selected_meetings(session, question)
    said_only = question.kind is LineKind.TRANSCRIPT or bool(question.speaker)
    found = []
    for ways in product(*(named(session, name) for name in people)):
        only = None if meetings is None else frozenset(meetings)
        for way in ways:
            only = way.meetings if only is None else only if way.meetings is None else only & way.meetings
        if only is None or only:
            where = None if only is None else tuple(sorted(only, reverse=True))
            each = tuple(way.marks for way in ways)
            found.append(LineFilter(terms, tuple(marks), each, said_only, question.unverified, where))
    return found


def _window(
    session: Session, wanted: Sequence[LineFilter], place: Place, limit: int, lines: int, near: Sequence[NearMeeting]
) -> tuple[list[FoundMeeting], Place | None]:
    """The next results among the newest matches of this place, joined with those that are near, and the place after them."""
    known = place.floor is not None
    matches = matching_any(
        session, wanted, place.lowest if place.floor is None else place.floor, place.ceiling, known=known
    )
    found = by_meeting(matches.numbers)
    sizes = _sizes(session, list(found))
    ranked = [one for one in scores(found, sizes, place.average, place.as_of) if one[1] not in place.seen]
    if place.score is not None and place.meeting is not None:
        ranked = [one for one in ranked if one < (place.score, place.meeting)]
    if near:
        return _joined(session, wanted[0], ranked, found, near, replace(place, floor=matches.floor), limit, lines)
    best = ranked[:limit]
    results = shown(session, wanted[0].terms, [(meeting, score, found[meeting]) for score, meeting in best], lines)
    return results, _next(place, best, matches.floor, rest=len(ranked) > limit)


def _joined(
    session: Session, wanted: LineFilter, ranked: Sequence[tuple[float, int]], found: Mapping[int, list[int]],
    near: Sequence[NearMeeting], place: Place, limit: int, lines: int,
) -> tuple[list[FoundMeeting], Place | None]:  # fmt: skip
    """The first page by words and meaning. What it leaves of the matches follows on the next one, in the order of words."""
    order = fused([meeting for _, meeting in ranked], [one.number for one in near])
    best = [(meeting, score, found.get(meeting, [])) for meeting, score in list(order.items())[:limit]]
    results = with_near(session, shown(session, wanted.terms, best, lines), near, lines)
    floor, seen = place.floor or 0, tuple(meeting for meeting, _, _ in best)
    if any(meeting not in seen for _, meeting in ranked):
        return results, replace(place, seen=seen)
    return results, None if floor <= place.lowest else replace(place, ceiling=floor, floor=None, seen=seen)


def _next(place: Place, best: Sequence[tuple[float, int]], floor: int, *, rest: bool) -> Place | None:
    if rest and best:
        return replace(place, floor=floor, score=best[-1][0], meeting=best[-1][1])
    if floor <= place.lowest:
        return None
    return Place(place.as_of, place.average, place.lowest, floor, seen=place.seen)


def _sizes(session: Session, meetings: list[int]) -> dict[int, tuple[int, date]]:
    """Lines and date of each meeting."""
    if len(meetings) > policies.SEARCH_AT_ONCE:
        lines = meeting_sizes(session).by_number()
        return {number: (lines[number], day_of(number)) for number in meetings if number in lines}
    query = select(SearchMeeting.number, SearchMeeting.lines).where(SearchMeeting.number.in_(meetings))
    return {number: (count, day_of(number)) for number, count in session.execute(query)}
