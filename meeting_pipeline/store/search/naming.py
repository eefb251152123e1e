"""Finding a person's lines: the marks of a name, or of all names of a person, each with the meetings where it means that person.

Must not go here: who has which names (``store/people/``), the statements that match (``matching.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.identities import is_id
from meeting_pipeline.store import policies
from meeting_pipeline.store.people.deciding import all_identities
from meeting_pipeline.store.people.selecting import called, names_besides
from meeting_pipeline.store.search import postgres
from meeting_pipeline.store.search.line_marks import folded_name, person_mark
from meeting_pipeline.store.tables import SearchMeeting, SearchName


@dataclass(frozen=True)
class Named:
    """Marks of which a line needs one. ``meetings``: only in these; ``None``: in all."""

    marks: tuple[str, ...]
    meetings: frozenset[int] | None = None


def named(session: Session, given: str) -> list[Named]:
    """A part of a name, or the id of a person, as ways to be found; none if nobody has it."""
    if not is_id(given):
        known = _names(session, given)
        marks = [_mark(one) for one in known] + [person_mark(name) for name in names_besides(session, known)]
        return [Named(tuple(dict.fromkeys(filter(None, marks))))] if known else []
    person = all_identities(session).end_of(given)
    names = called(session, person, policies.SEARCH_MEETINGS)
    own = [person_mark(one.name) for one in names if not one.shared]
    found = [Named(tuple(dict.fromkeys(filter(None, own))))] if any(own) else []
    for one in names:
        if one.shared and (mark := person_mark(one.name)):
            found.append(Named((mark,), _numbers(session, one.recordings)))
    return found


def _names(session: Session, name: str) -> Sequence[str]:
    """Known names that contain this one, or, where PostgreSQL can tell, are like it."""
    folded = folded_name(name)
    if not folded:
        return ()
    query = select(SearchName.folded).where(SearchName.folded.contains(folded, autoescape=True)).distinct()
    found = session.scalars(query.order_by(SearchName.folded).limit(policies.SEARCH_NAMES)).all()
    if not found and session.connection().dialect.name != "sqlite" and postgres.has_trigrams(session):
        return postgres.similar_names(session, folded, policies.SEARCH_NAMES)
    return found


def _mark(folded: str) -> str:
    return f"w_{folded.replace(' ', '_')}"


def _numbers(session: Session, recordings: Sequence[str]) -> frozenset[int]:
    query = select(SearchMeeting.number).where(SearchMeeting.recording_key.in_(recordings))
    return frozenset(session.scalars(query))
