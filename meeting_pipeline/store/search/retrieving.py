"""Finds the passages that may answer a question: first meetings by the index, then windows over what was said in the best ones.

A question's words may be spread over lines, so what was said in a few meetings is read as a whole. Must not go here: which
meetings these are (``meeting_scores.py``), reading a question and scoring windows (``domain/questions/``), passages
(``passage_building.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from meeting_pipeline.domain.questions.passages import Passage
from meeting_pipeline.domain.questions.reading import Asked, read_question
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.records import readable_records
from meeting_pipeline.store.search.limiting import near_meetings
from meeting_pipeline.store.search.meeting_reading import read_meetings
from meeting_pipeline.store.search.meeting_scores import meeting_scores
from meeting_pipeline.store.search.nearest import alike_windows
from meeting_pipeline.store.search.passage_building import ByMeaning, passages_of
from meeting_pipeline.store.search.values import Meaning, Question
from meeting_pipeline.store.tables import Recording, SearchPending


@dataclass(frozen=True)
class Retrieved:
    """Passages, best first. ``asked``: the question as it was read; ``pending``: recordings that are not indexed yet."""

    asked: Asked
    passages: tuple[Passage, ...]
    pending: int


@retrying
class Retrieval:
    """Repository of passages."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def passages(
        self, question: Question, *, most: int = policies.PASSAGES, meaning: Meaning | None = None
    ) -> Retrieved:
        """The best passages for ``question.text``. Of the other conditions, the meeting, the title and the days count.

        ``meaning``: of the question; passages with a similar meaning are among them then.
        """
        today = self._context.now().date()
        asked = read_question(question.text, today)
        with self._context.database.read() as session:
            pending = session.scalar(select(func.count()).select_from(SearchPending)) or 0
            ranked = meeting_scores(session, asked, question, today.toordinal()) if asked.words else {}
            best = sorted(ranked, key=lambda number: (-ranked[number], -number))[: policies.PASSAGE_MEETINGS]
            near = near_meetings(session, question, meaning) if meaning is not None else []
            others = [one.number for one in near if one.number not in best][: policies.PASSAGE_MEETINGS_BY_MEANING]
            found = read_meetings(session, [*best, *others])
            alike = alike_windows(session, meaning, [one.key for one in found]) if meaning is not None else {}
        top = max(ranked.values(), default=0.0) or 1.0
        scores = {number: score / top for number, score in ranked.items()}
        passages = passages_of(asked, found, scores, most, ByMeaning(near, alike))
        return Retrieved(asked, tuple(passages), pending)

    def records(self, keys: Sequence[str]) -> list[tuple[MeetingRecord, Sequence[str]]]:
        """The records of these recordings that have a transcript, each with the participants that its submitter named."""
        with self._context.database.read() as session:
            rows = {row.key: row for row in session.scalars(select(Recording).where(Recording.key.in_(keys)))}
            found = readable_records(session, list(rows.values()))
            return [(one, list(rows[one.key].participants)) for one in found if one.transcript is not None]
