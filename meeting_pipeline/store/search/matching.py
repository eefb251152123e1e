"""Which lines match: one statement on SQLite; for PostgreSQL, see ``postgres_matching.py``. Newest first, and bounded.

A frequent word may be in half of all lines, and ranking them all would take seconds. So only the newest matches are ranked
together (``policies.SEARCH_*``); older ones follow on later pages. Must not go here: ranking (``ranking.py``), reading lines
(``finding.py``).
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.search_lines import FIRST_CLAIM
from meeting_pipeline.domain.search_queries import Term, grams
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.line_filters import LineFilter, Matches, whole_meetings
from meeting_pipeline.store.search.line_marks import withheld_mark
from meeting_pipeline.store.search.numbers import lines_from
from meeting_pipeline.store.search.postgres_matching import PostgresMatching

_SQLITE: Final = (
    "SELECT json_group_array(rowid) FROM (SELECT rowid FROM search_words WHERE search_words MATCH :query "
    "AND rowid >= :floor AND rowid < :ceiling{more} ORDER BY rowid DESC LIMIT :most)"
)


def matching(session: Session, criteria: LineFilter, floor: int, ceiling: int, *, known: bool = False) -> Matches:
    """The newest lines from ``floor`` to below ``ceiling`` that match.

    ``known``: an earlier call found that these are few enough. What was added since must not push any of them out.
    """
    if criteria.meetings is not None:
        low = lines_from(min(criteria.meetings))
        high = lines_from(max(criteria.meetings) + 1)
        asked, floor, ceiling = floor, max(floor, low), min(ceiling, high)
        if floor >= ceiling:
            return Matches((), asked)
    sqlite = session.connection().dialect.name == "sqlite"
    times = 2 if known else 1
    if sqlite:
        return _on_sqlite(session, criteria, floor, ceiling, times * policies.SEARCH_RANKED_LINES)
    search = PostgresMatching(session, criteria, floor, ceiling, times * policies.SEARCH_RANKED_LINES_POSTGRES)
    if criteria.meetings is not None:
        return search.of_meetings(criteria.meetings)
    return search.all() if known else search.newest()


def matching_any(
    session: Session, criteria: Sequence[LineFilter], floor: int, ceiling: int, *, known: bool = False
) -> Matches:
    """The newest lines that match one of these: down to where all of them are complete."""
    if len(criteria) == 1:
        return matching(session, criteria[0], floor, ceiling, known=known)
    reached, numbers = floor, set[int]()
    for one in criteria:
        found = matching(session, one, floor, ceiling, known=known)
        numbers.update(found.numbers)
        first = lines_from(min(one.meetings)) if one.meetings is not None else floor
        if found.floor > max(floor, first):  # otherwise these are all
            reached = max(reached, found.floor)
    return Matches(sorted((one for one in numbers if one >= reached), reverse=True), reached)


def _on_sqlite(session: Session, criteria: LineFilter, floor: int, ceiling: int, most: int) -> Matches:
    more, values = _conditions(criteria)
    values |= {"query": fts_query(criteria), "floor": floor, "ceiling": ceiling, "most": most}
    numbers = json.loads(
        session.scalar(text(_SQLITE.format(more=more)), values) or "[]"
    )  # one row: thousands cost more
    return whole_meetings(numbers, floor, most)


def _conditions(criteria: LineFilter) -> tuple[str, dict[str, Any]]:
    more, values = "", dict[str, Any]()
    if criteria.said_only:
        more += f" AND (rowid & {FIRST_CLAIM}) = 0"
    if criteria.meetings is not None:
        names = [f"m{at}" for at in range(len(criteria.meetings))]
        more += f" AND (rowid >> 20) IN ({', '.join(f':{name}' for name in names)})"
        values = dict(zip(names, criteria.meetings, strict=True))
    return more, values


def fts_query(criteria: LineFilter) -> str:
    """In the language of SQLite's FTS5. Every word is in quotes and has only letters and digits, so none is an operator."""
    parts = [_fts_term(term) for term in criteria.terms]
    parts += [" OR ".join(f"({_fts_term(term)})" for term in criteria.either)] if criteria.either else []
    parts += [f'marks : "{mark}"' for mark in criteria.marks]
    parts += ["marks : (" + " OR ".join(f'"{mark}"' for mark in one) + ")" for one in criteria.people]
    found = " AND ".join(f"({part})" for part in parts)
    return found if criteria.unverified else f'({found}) NOT (marks : "{withheld_mark()}")'


def _fts_term(term: Term) -> str:
    if term.unspaced:
        run = term.words[0]
        return f'marks : "{run}" *' if len(run) == 1 else f'marks : "{" ".join(grams(run)[:-1])}"'
    each = [" ".join(term.words), *([term.joined] if term.joined else [])]
    return " OR ".join(f'words : "{one}"' + (" *" if term.prefix else "") for one in each)
