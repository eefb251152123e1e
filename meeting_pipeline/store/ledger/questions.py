"""The ledger of calls that answer people's questions, and their daily limit.

A row is written before each call and updated after it. It contains costs and no words: words that are not kept need not be
deleted. The limit is checked in the transaction that permits the call, and calls in progress count with their expected cost.
Must not go here: calling a provider (``steps/asking/``), calls about one recording (``llm_calls.py``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, select, text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.call_ends import note_answered, note_unanswered
from meeting_pipeline.store.ledger.cost_queries import BILLED, EMBEDDING
from meeting_pipeline.store.ledger.usage_columns import start_of_day
from meeting_pipeline.store.tables import QuestionCall

_LOCK: Final = text("SELECT pg_advisory_xact_lock(7310003)")
"""Taken while the sum of a day is compared with the limit. SQLite has one writer at a time."""
_COUNTED: Final = case(
    (
        QuestionCall.state.in_(BILLED),
        QuestionCall.cost_usd + QuestionCall.unpriced_calls * policies.UNPRICED_QUESTION_USD,
    ),
    else_=QuestionCall.expected_usd,
)


@dataclass(frozen=True)
class QuestionPermit:
    """The caller is to make the call now. ``id``: the row that records it."""

    id: str


@dataclass(frozen=True)
class LimitReached:
    """Nothing more may be asked before ``until``; ``spent_usd`` counts for this day."""

    spent_usd: float
    until: datetime


@retrying
class Questions:
    """Repository of paid questions."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def begin(
        self, model: str, prompt_version: str, *, expected_usd: float | None, limit_usd: float
    ) -> QuestionPermit | LimitReached:
        """Take the right to ask, or tell that the limit of this day (UTC) is reached. ``expected_usd``: ``None`` if unknown.

        The limit is reached if the call is expected to exceed it.
        """
        expected = policies.UNPRICED_QUESTION_USD if expected_usd is None else expected_usd
        with self._context.database.write() as session:
            if session.connection().dialect.name != "sqlite":
                session.execute(_LOCK)
            now = self._context.now()
            since = start_of_day(now)
            spent = _counted(session, since)
            if spent + expected > limit_usd:
                return LimitReached(spent, since + timedelta(days=1))
            session.execute(delete(QuestionCall).where(QuestionCall.created_at < now - policies.QUESTIONS_KEPT))
            row = QuestionCall(
                id=new_id(), state="asking", model=model, prompt_version=prompt_version, expected_usd=expected,
                created_at=now,
            )  # fmt: skip
            session.add(row)
            return QuestionPermit(row.id)

    def answered(self, question_id: str, model: str, usage: Usage, problem: str | None = None) -> None:
        """Note what a billed call cost. ``problem``: why its answer is unusable."""
        with self._context.database.write() as session:
            row = session.get(QuestionCall, question_id, with_for_update=True)
            if row is None:
                return
            row.model = model
            note_answered(row, usage, self._context.now(), problem)

    def unanswered(self, question_id: str, problem: str, *, perhaps_billed: bool) -> None:
        """No answer came. A call that certainly cost nothing leaves no row."""
        with self._context.database.write() as session:
            row = session.get(QuestionCall, question_id, with_for_update=True)
            note_unanswered(session, row, problem, self._context.now(), perhaps_billed=perhaps_billed)

    def counted_today(self) -> float:
        """What counts for the limit of this day, in US dollars."""
        now = self._context.now()
        with self._context.database.read() as session:
            return _counted(session, start_of_day(now))


def _counted(session: Session, since: datetime) -> float:
    asked = (
        QuestionCall.created_at >= since,
        QuestionCall.prompt_version != EMBEDDING,
    )  # vectors have a separate limit
    return float(session.scalar(select(func.sum(_COUNTED)).where(*asked)) or 0.0)
