"""Which lines match: one statement for SQLite, two for PostgreSQL, all bounded. Newest first, so that the newest are kept.

A frequent word may be in half of all lines, and ranking them all would take seconds. So only the newest matches are ranked
together (``policies.SEARCH_*``); older ones follow on later pages. Must not go here: ranking (``ranking.py``), reading lines
(``finding.py``).
"""

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import neg
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.search_lines import FIRST_CLAIM
from meeting_pipeline.domain.search_queries import Term, grams
from meeting_pipeline.store import policies
from meeting_pipeline.store.search import postgres
from meeting_pipeline.store.search.line_marks import withheld_mark
from meeting_pipeline.store.search.numbers import lines_from, meeting_of

_SQLITE: Final = (
    "SELECT json_group_array(rowid) FROM (SELECT rowid FROM search_words WHERE search_words MATCH :query "
    "AND rowid >= :floor AND rowid < :ceiling{more} ORDER BY rowid DESC LIMIT :most)"
)
_WALK: Final = (
    "SELECT number FROM (SELECT number, words FROM search_lines WHERE number >= :floor AND number < :ceiling "
    "ORDER BY number DESC LIMIT :walk) AS newest WHERE words @@ CAST(:query AS tsquery){more} "
    "ORDER BY number DESC LIMIT :most"
)
_WALKED: Final = (
    "SELECT number FROM search_lines WHERE number >= :floor AND number < :ceiling "
    "ORDER BY number DESC OFFSET :walk LIMIT 1"
)
_INDEX: Final = (
    "WITH found AS MATERIALIZED (SELECT number FROM search_lines WHERE words @@ CAST(:query AS tsquery)) "
    "SELECT number FROM found WHERE number >= :floor AND number < :ceiling{more} ORDER BY number DESC LIMIT :most"
)


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
    return _on_postgres(session, criteria, floor, ceiling, times * policies.SEARCH_RANKED_LINES_POSTGRES)


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
    more, values = _conditions(criteria, "rowid")
    values |= {"query": fts_query(criteria), "floor": floor, "ceiling": ceiling, "most": most}
    numbers = json.loads(
        session.scalar(text(_SQLITE.format(more=more)), values) or "[]"
    )  # one row: thousands cost more
    return _whole_meetings(numbers, floor, most)


def _on_postgres(session: Session, criteria: LineFilter, floor: int, ceiling: int, most: int) -> Matches:
    query = postgres.query(session, criteria.terms, _tsquery_of_marks(criteria), criteria.either)
    more, values = _conditions(criteria, "number")
    values |= {"query": query, "floor": floor, "ceiling": ceiling, "most": most, "walk": policies.SEARCH_WALKED_LINES}
    numbers = session.scalars(text(_WALK.format(more=more)), values).all()
    if len(numbers) == most:
        return _whole_meetings(numbers, floor, most)
    walked = session.scalar(text(_WALKED), {name: values[name] for name in ("floor", "ceiling", "walk")})
    if walked is None:  # these were all lines: of one meeting, or of a few days
        return Matches(numbers, floor)
    reached = lines_from(meeting_of(walked) + 1)
    if len(numbers) >= policies.SEARCH_FREQUENT_LINES and numbers[0] >= reached:
        return Matches([number for number in numbers if number >= reached], reached)
    numbers = session.scalars(text(_INDEX.format(more=more)), values).all()
    return _whole_meetings(numbers, floor, most)


def _conditions(criteria: LineFilter, number: str) -> tuple[str, dict[str, Any]]:
    more, values = "", dict[str, Any]()
    if criteria.said_only:
        more += f" AND ({number} & {FIRST_CLAIM}) = 0"
    if criteria.meetings is not None:
        names = [f"m{at}" for at in range(len(criteria.meetings))]
        more += f" AND ({number} >> 20) IN ({', '.join(f':{name}' for name in names)})"
        values = dict(zip(names, criteria.meetings, strict=True))
    return more, values


def _whole_meetings(numbers: Sequence[int], floor: int, most: int) -> Matches:
    """Without the last meeting if the limit may have cut it, unless there is no other."""
    if len(numbers) < most:
        return Matches(numbers, floor)
    cut = meeting_of(numbers[-1])
    whole = numbers[: bisect_right(numbers, -lines_from(cut + 1), key=neg)]
    if whole:
        return Matches(whole, lines_from(cut + 1))
    return Matches(numbers, lines_from(cut))


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
