"""The meetings to which a search or a question is limited, and which of them are nearest in meaning.

Must not go here: how near meetings are (``nearest.py``), which lines match (``finding.py``), scores (``meeting_scores.py``).
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.text_matching import contains
from meeting_pipeline.store.search.nearest import Among, NearMeeting, nearest
from meeting_pipeline.store.search.numbers import day_after, first_of_day
from meeting_pipeline.store.search.values import Meaning, Question
from meeting_pipeline.store.tables import Recording, SearchMeeting


def selected_meetings(session: Session, question: Question) -> tuple[int, ...] | None:
    """The meetings that a title or an id selects, by their numbers, newest first; ``None`` if neither is given."""
    if question.recording_key is None and not question.title:
        return None
    query = select(SearchMeeting.number).join(Recording, Recording.key == SearchMeeting.recording_key)
    if question.recording_key is not None:
        query = query.where(SearchMeeting.recording_key == question.recording_key)
    if question.title:
        query = query.where(contains(Recording.title, question.title))
    return tuple(session.scalars(query.order_by(SearchMeeting.number.desc()).limit(policies.SEARCH_MEETINGS)))


def near_meetings(session: Session, question: Question, meaning: Meaning) -> list[NearMeeting]:
    """The most similar meetings, among those to which the question is limited."""
    selected = selected_meetings(session, question)
    low, high = first_of_day(question.since or date.min), day_after(question.until or date.max)
    among = Among(low, high, None if selected is None else frozenset(selected))
    return nearest(session, meaning, among, policies.MEETINGS_BY_MEANING)
