"""The ledger of calls for vectors, and their daily limit: a row before each call, updated with the result.

Calls for a recording are rows of ``paid_answers``, under a name that is not an insight; calls for searches are rows of
``paid_questions``. Neither contains words. Must not go here: calling a provider (``steps/embedding/``), the vectors.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, select, text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording, new_id, require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.call_ends import note_answered, note_unanswered
from meeting_pipeline.store.ledger.cost_queries import BILLED, EMBEDDING
from meeting_pipeline.store.ledger.questions import LimitReached
from meeting_pipeline.store.ledger.spending import spent_today
from meeting_pipeline.store.ledger.usage_columns import start_of_day
from meeting_pipeline.store.tables import LLMCall, QuestionCall

_LOCK: Final = text("SELECT pg_advisory_xact_lock(7310004)")
"""Taken while the sum of a day is compared with the limit. SQLite has one writer at a time."""


@dataclass(frozen=True)
class EmbeddingPermit:
    """The caller is to make the call now. ``id``: the row that records it."""

    id: str


@retrying
class EmbeddingCalls:
    """Repository of paid calls for vectors."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def begin(
        self, key: str, run_id: str, model: str, digest: str, *, expected_usd: float | None, limit_usd: float
    ) -> EmbeddingPermit | LimitReached:
        """Take the right to make a call about a recording. ``digest``: of what is sent.

        Raises: WorkerFenced if this run's lease was lost; PermanentError ``unknown_recording``.
        """
        with self._context.database.write() as session:
            locked_recording(session, key)
            require_lease(session, run_id)
            expected = policies.UNPRICED_EMBEDDING_USD if expected_usd is None else expected_usd
            reached = self._reached(session, expected, limit_usd) or self._limit_of_all(session, expected_usd)
            if reached is not None:
                return reached
            row = LLMCall(
                id=new_id(), recording_key=key, insight=EMBEDDING, question_hash=digest, run_id=run_id, state="asking",
                model=model, prompt_version="1", created_at=self._context.now(),
            )  # fmt: skip
            session.add(row)
            return EmbeddingPermit(row.id)

    def begin_query(
        self, model: str, *, expected_usd: float | None, limit_usd: float
    ) -> EmbeddingPermit | LimitReached:
        """Get permission to make a call for a person's search."""
        with self._context.database.write() as session:
            expected = policies.UNPRICED_QUERY_USD if expected_usd is None else expected_usd
            reached = self._reached(session, expected, limit_usd)
            if reached is not None:
                return reached
            now = self._context.now()
            session.execute(delete(QuestionCall).where(QuestionCall.created_at < now - policies.QUESTIONS_KEPT))
            row = QuestionCall(
                id=new_id(), state="asking", model=model, prompt_version=EMBEDDING, expected_usd=expected, created_at=now
            )  # fmt: skip
            session.add(row)
            return EmbeddingPermit(row.id)

    def answered_query(self, call_id: str, usage: Usage, problem: str | None = None) -> None:
        """Note what a call for a search cost."""
        with self._context.database.write() as session:
            row = session.get(QuestionCall, call_id, with_for_update=True)
            if row is not None:
                note_answered(row, usage, self._context.now(), problem)

    def unusable(self, call_id: str, usage: Usage, problem: str) -> None:
        """Note a billed call about a recording whose answer cannot be used."""
        with self._context.database.write() as session:
            row = session.get(LLMCall, call_id, with_for_update=True)
            if row is not None:
                note_answered(row, usage, self._context.now(), problem)

    def unanswered(self, call_id: str, problem: str, *, perhaps_billed: bool) -> None:
        """No answer came. A call that certainly cost nothing leaves no row."""
        with self._context.database.write() as session:
            row: LLMCall | QuestionCall | None = session.get(LLMCall, call_id, with_for_update=True)
            row = row if row is not None else session.get(QuestionCall, call_id, with_for_update=True)
            note_unanswered(session, row, problem, self._context.now(), perhaps_billed=perhaps_billed)

    def counted_today(self) -> float:
        """What counts for the limit of this day, in US dollars."""
        with self._context.database.read() as session:
            return _counted(session, start_of_day(self._context.now()))

    def _reached(self, session: Session, expected_usd: float, limit_usd: float) -> LimitReached | None:
        """Whether the call would exceed the limit of embeddings."""
        if session.connection().dialect.name != "sqlite":
            session.execute(_LOCK)
        since = start_of_day(self._context.now())
        spent = _counted(session, since)
        return LimitReached(spent, since + timedelta(days=1)) if spent + expected_usd > limit_usd else None

    def _limit_of_all(self, session: Session, expected_usd: float | None) -> LimitReached | None:
        """Whether the call would exceed the installation's limit, which cannot be kept with an unknown price."""
        limit = self._context.daily_limit
        if limit is None or expected_usd == 0:
            return None
        now = self._context.now()
        spent = spent_today(session, now).usd
        is_over = expected_usd is None or spent + expected_usd > limit.usd
        return LimitReached(spent, start_of_day(now) + timedelta(days=1)) if is_over else None


def note_embedded(session: Session, call_id: str, key: str | None, model: str, usage: Usage, now: datetime) -> None:
    """Note what a call about a recording cost. If the recording is gone, and its rows with it, the cost belongs to none."""
    row: LLMCall | QuestionCall | None = session.get(LLMCall, call_id, with_for_update=True)
    if row is None and key is None:
        row = QuestionCall(
            id=call_id,
            state="asking",
            model=model,
            prompt_version=EMBEDDING,
            expected_usd=usage.cost_usd,
            created_at=now,
        )
        session.add(row)
    if row is not None:
        note_answered(row, usage, now)


def _counted(session: Session, since: datetime) -> float:
    """What was spent on vectors, with a small sum for each call whose price is unknown or that has not ended."""
    unknown = policies.UNPRICED_EMBEDDING_USD
    calls = case((LLMCall.state.in_(BILLED), LLMCall.cost_usd + LLMCall.unpriced_calls * unknown), else_=unknown)
    of_query = QuestionCall.cost_usd + QuestionCall.unpriced_calls * policies.UNPRICED_QUERY_USD
    queries = case((QuestionCall.state.in_(BILLED), of_query), else_=QuestionCall.expected_usd)
    sums = (
        select(func.sum(calls)).where(LLMCall.created_at >= since, LLMCall.insight == EMBEDDING),
        select(func.sum(queries)).where(QuestionCall.created_at >= since, QuestionCall.prompt_version == EMBEDDING),
    )
    return sum(float(session.scalar(one) or 0.0) for one in sums)
