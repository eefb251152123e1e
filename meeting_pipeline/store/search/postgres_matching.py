"""Which lines match on PostgreSQL. It cannot read an index of words in the order of lines, so the newest lines are read first.

Reading 1,000 lines in their order takes 0.3 ms, and each match in the index 3 µs. So frequent words are looked for among the
newest lines, and rare ones in the index. Must not go here: SQLite's statement (``matching.py``), the syntax of queries
(``postgres.py``).
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.search_lines import FIRST_CLAIM
from meeting_pipeline.domain.search_queries import grams
from meeting_pipeline.store import policies
from meeting_pipeline.store.search import postgres
from meeting_pipeline.store.search.line_filters import LineFilter, Matches, whole_meetings
from meeting_pipeline.store.search.line_marks import withheld_mark
from meeting_pipeline.store.search.numbers import lines_from, meeting_of
from meeting_pipeline.store.tables import SearchMeeting

_NEWEST: Final = (
    "SELECT number, words FROM search_lines WHERE number >= :floor AND number < :ceiling "
    "ORDER BY number DESC LIMIT :walk"
)
_OF_MEETINGS: Final = (
    "SELECT one.number, one.words FROM unnest(CAST(:starts AS bigint[]), CAST(:ends AS bigint[])) AS meeting(first, after) "
    "CROSS JOIN LATERAL (SELECT number, words FROM search_lines WHERE number >= first AND number < after OFFSET 0) AS one"
)
"""OFFSET keeps the planner from looking the word up in the index, once for each meeting."""
_MATCHING: Final = (
    "SELECT number FROM ({lines}) AS read WHERE words @@ CAST(:query AS tsquery){more} ORDER BY number DESC LIMIT :most"
)
_COUNT: Final = "SELECT count(*) FROM ({lines}) AS read WHERE words @@ CAST(:query AS tsquery)"
_FIRST_LEFT: Final = (
    "SELECT number FROM search_lines WHERE number >= :floor AND number < :ceiling "
    "ORDER BY number DESC OFFSET :walk LIMIT 1"
)
_INDEX: Final = (
    "WITH found AS MATERIALIZED (SELECT number FROM search_lines WHERE words @@ CAST(:query AS tsquery)) "
    "SELECT number FROM found WHERE number >= :floor AND number < :ceiling{more} ORDER BY number DESC LIMIT :most"
)
_SIDE_BY_SIDE: Final = re.compile(r"<(?:-|\d+)>")


class PostgresMatching:
    """One search: a filter, and the range of lines from ``floor`` to below ``ceiling``; at most ``most`` lines match."""

    def __init__(self, session: Session, criteria: LineFilter, floor: int, ceiling: int, most: int) -> None:
        self._session, self._criteria, self._floor, self._most = session, criteria, floor, most
        self._query = postgres.query(session, criteria.terms, _tsquery_of_marks(criteria), criteria.either)
        self._more = f" AND (number & {FIRST_CLAIM}) = 0" if criteria.said_only else ""
        self._range = {"floor": floor, "ceiling": ceiling}

    def newest(self) -> Matches:
        """The newest lines that match, of at least some meetings if any do."""
        numbers, left = self._among_newest(policies.SEARCH_READ_LINES)
        if found := self._enough(numbers, left, policies.SEARCH_ENOUGH_LINES):
            return found
        if self._in_index(len(numbers)) < policies.SEARCH_COMMON_LINES:
            return self._by_index()
        numbers, left = self._among_newest(policies.SEARCH_READ_MORE_LINES)
        return self._enough(numbers, left, policies.SEARCH_PAGE_LINES) or self._by_index()

    def all(self) -> Matches:
        """All that match, of a range in which an earlier search found few enough."""
        if self._first_left(2 * policies.SEARCH_READ_MORE_LINES) is None:
            return whole_meetings(self._read(_NEWEST, walk=None), self._floor, self._most)
        return self._by_index()

    def of_meetings(self, meetings: Sequence[int]) -> Matches:
        """Those of these meetings, newest first, as many as are read at once."""
        ceiling = self._range["ceiling"]
        starts, ends, lines, reached = list[int](), list[int](), 0, self._floor
        for meeting, count in self._sizes(meetings):
            start, end = max(lines_from(meeting), self._floor), min(lines_from(meeting + 1), ceiling)
            if start >= end:
                continue
            if starts and lines + count > policies.SEARCH_READ_MORE_LINES:
                reached = starts[-1]
                break
            starts.append(start)
            ends.append(end)
            lines += count
        numbers = self._read(_OF_MEETINGS, starts=starts, ends=ends) if starts else ()
        return whole_meetings(numbers, reached, self._most)

    def _sizes(self, meetings: Sequence[int]) -> Sequence[tuple[int, int]]:
        wanted = select(SearchMeeting.number, SearchMeeting.lines).where(SearchMeeting.number.in_(meetings))
        return self._session.execute(wanted.order_by(SearchMeeting.number.desc())).tuples().all()

    def _among_newest(self, lines: int) -> tuple[Sequence[int], int | None]:
        """What matches of so many lines, and the first line that was not read."""
        return self._read(_NEWEST, walk=lines), self._first_left(lines)

    def _enough(self, numbers: Sequence[int], left: int | None, enough: int) -> Matches | None:
        """The matches among the lines that were read, if these are all lines or so many match; of whole meetings."""
        if left is None or len(numbers) == self._most:
            return whole_meetings(numbers, self._floor, self._most)
        reached = lines_from(meeting_of(left) + 1)
        whole = [number for number in numbers if number >= reached]
        return Matches(whole, reached) if len(numbers) >= enough and whole else None

    def _in_index(self, matching: int) -> int:
        """How many of the first lines the index would find: it does not know which words are side by side."""
        anywhere = _SIDE_BY_SIDE.sub("&", self._query)
        if anywhere == self._query and not self._more:
            return matching
        values = self._range | {"query": anywhere, "walk": policies.SEARCH_READ_LINES}
        return int(self._session.scalar(text(_COUNT.format(lines=_NEWEST)), values) or 0)

    def _first_left(self, lines: int) -> int | None:
        found: int | None = self._session.scalar(text(_FIRST_LEFT), self._range | {"walk": lines})
        return found

    def _by_index(self) -> Matches:
        values = self._range | {"query": self._query, "most": self._most}
        numbers = self._session.scalars(text(_INDEX.format(more=self._more)), values).all()
        return whole_meetings(numbers, self._floor, self._most)

    def _read(self, lines: str, **values: Any) -> Sequence[int]:
        statement = text(_MATCHING.format(lines=lines, more=self._more))
        given = (self._range if lines is _NEWEST else {}) | {"query": self._query, "most": self._most}
        return self._session.scalars(statement, given | values).all()


def _tsquery_of_marks(criteria: LineFilter) -> str:
    parts = [f"'{mark}'" for mark in criteria.marks]
    parts += ["(" + " | ".join(f"'{mark}'" for mark in one) + ")" for one in criteria.people]
    for term in criteria.terms:
        if term.unspaced:
            run = term.words[0]
            parts += [f"'{run}':*"] if len(run) == 1 else [f"'{pair}'" for pair in grams(run)[:-1]]
    if not criteria.unverified:
        parts.append(f"!'{withheld_mark()}'")
    return " & ".join(parts)
