"""Sums of what was paid, for reports: both ledgers (orders and calls).

Every purchase is one row in one of the two, usable or not, so nothing is counted twice. The cost of a result version
(``artifacts``) is for display and is never summed. Reading only.
Must not go here: the cost of a recording (``recording_costs.py``), writing (``orders.py``, ``llm_calls.py``), asking a provider
(``steps/operations/audit.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    func,
    literal,
    or_,
    select,
    text,
)

from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.fencing import is_renewed
from meeting_pipeline.store.tables import Artifact, LLMCall, QuestionCall, Recording, RunLease, TranscriptionOrder

BILLED = ("answered", "unusable")
"""States of a call that was paid for."""

QUESTION = "question"
"""What people's questions are called in sums by insight."""
EMBEDDING = "embedding"
"""What calls for vectors are called there, and in the ledger."""


@dataclass(frozen=True)
class Span:
    """A filter: rows of one recording or of all, created since a given time or ever."""

    key: str | None = None
    since: datetime | None = None

    def of(self, table: type[TranscriptionOrder] | type[LLMCall]) -> list[ColumnElement[bool]]:
        """The conditions on one ledger."""
        conditions = []
        if self.key is not None:
            conditions.append(table.recording_key == self.key)
        if self.since is not None:
            conditions.append(table.created_at >= self.since)
        return conditions


@dataclass(frozen=True)
class OrderSum:
    """Orders of one provider in one state."""

    provider: str
    state: str
    orders: int
    cost_usd: float
    unpriced: int = 0


@dataclass(frozen=True)
class AnswerSum:
    """Billed calls for one insight with one model; ``unusable`` of them returned nothing usable."""

    insight: str
    model: str
    cost_usd: float
    calls: int
    unusable: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cache_write_tokens: int = 0
    unpriced: int = 0


@dataclass(frozen=True)
class UnusableSum:
    """Billed but unusable calls for one insight, with one reason."""

    insight: str
    code: str
    calls: int
    cost_usd: float
    unpriced: int = 0


@retrying
class CostQueries:
    """Sums and rows of both ledgers."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def orders_by_state(self, span: Span) -> list[OrderSum]:
        """Orders, by provider and state."""
        group = (TranscriptionOrder.provider, TranscriptionOrder.state)
        sums = func.sum(TranscriptionOrder.cost_usd), func.sum(TranscriptionOrder.unpriced)
        query = select(*group, func.count(), *sums).where(*span.of(TranscriptionOrder))
        rows = self._rows(query.group_by(*group).order_by(*group))
        return [OrderSum(provider, state, orders, usd, int(many)) for provider, state, orders, usd, many in rows]

    def answers_by_model(self, span: Span) -> list[AnswerSum]:
        """Billed calls, by insight and model; of a span without a recording also those that answer people's questions."""
        group = (LLMCall.insight, LLMCall.model)
        counts = (
            func.count(),
            func.sum(case((LLMCall.state == "unusable", 1), else_=0)),
            func.sum(LLMCall.input_tokens),
            func.sum(LLMCall.cached_tokens),
            func.sum(LLMCall.output_tokens),
            func.sum(LLMCall.cache_write_tokens),
            func.sum(LLMCall.unpriced_calls),
        )
        query = select(*group, func.sum(LLMCall.cost_usd), *counts).where(*span.of(LLMCall), LLMCall.state.in_(BILLED))
        rows = [*self._rows(query.group_by(*group).order_by(*group)), *self._questions(span)]
        # PostgreSQL returns sums of integers as decimals.
        return [AnswerSum(insight, model, usd, *(int(n) for n in numbers)) for insight, model, usd, *numbers in rows]

    def _questions(self, span: Span) -> Sequence[Any]:
        """The same sums of people's questions, as the insight ``question``, and of vectors for searches."""
        if span.key is not None:
            return ()
        table = QuestionCall
        counts = (
            func.count(),
            func.sum(case((table.state == "unusable", 1), else_=0)),
            func.sum(table.input_tokens),
            func.sum(table.cached_tokens),
            func.sum(table.output_tokens),
            func.sum(table.cache_write_tokens),
            func.sum(table.unpriced_calls),
        )
        kind = case((table.prompt_version == EMBEDDING, literal(EMBEDDING)), else_=literal(QUESTION)).label("kind")
        query = select(kind, table.model, func.sum(table.cost_usd), *counts).where(table.state.in_(BILLED))
        if span.since is not None:
            query = query.where(table.created_at >= span.since)
        return self._rows(query.group_by(text("1"), table.model).order_by(text("1"), table.model))

    def unusable_answers(self, span: Span) -> list[UnusableSum]:
        """Billed but unusable calls, by insight and reason."""
        group = (LLMCall.insight, LLMCall.error_code)
        query = select(*group, func.count(), func.sum(LLMCall.cost_usd), func.sum(LLMCall.unpriced_calls)).where(
            *span.of(LLMCall), LLMCall.state == "unusable"
        )
        return [
            UnusableSum(insight, code or "unknown", calls, usd, int(unpriced))
            for insight, code, calls, usd, unpriced in self._rows(query.group_by(*group).order_by(*group))
        ]

    def unanswered(self, span: Span) -> Sequence[LLMCall]:
        """Calls that may have been billed although no response is stored: it was lost, or the worker died. Oldest first."""
        now = self._context.now()
        working = select(RunLease.run_id).where(is_renewed(now)).scalar_subquery()
        forgotten = or_(
            LLMCall.run_id.not_in(working),
            LLMCall.created_at < now - timedelta(seconds=policies.ASKED_ELSEWHERE_SECONDS),
        )
        query = select(LLMCall).where(
            *span.of(LLMCall), or_(LLMCall.state == "lost", (LLMCall.state == "asking") & forgotten)
        )
        with self._context.database.read() as session:
            return session.scalars(query.order_by(LLMCall.created_at)).all()

    def answers(self, span: Span) -> Sequence[LLMCall]:
        """Every call, oldest first."""
        query = select(LLMCall).where(*span.of(LLMCall))
        with self._context.database.read() as session:
            return session.scalars(query.order_by(LLMCall.created_at, LLMCall.id)).all()

    def orders(self, span: Span) -> Sequence[TranscriptionOrder]:
        """Every order, oldest first."""
        query = select(TranscriptionOrder).where(*span.of(TranscriptionOrder))
        with self._context.database.read() as session:
            return session.scalars(query.order_by(TranscriptionOrder.created_at, TranscriptionOrder.id)).all()

    def collected(self, span: Span) -> list[tuple[TranscriptionOrder, Recording]]:
        """Orders whose transcript was collected, each with its recording."""
        query = (
            select(TranscriptionOrder, Recording)
            .join(Recording, Recording.key == TranscriptionOrder.recording_key)
            .where(*span.of(TranscriptionOrder), TranscriptionOrder.state == "collected")
            .order_by(TranscriptionOrder.created_at)
        )
        with self._context.database.read() as session:
            return [(order, row) for order, row in session.execute(query).all()]

    def transcript_inputs(self, keys: Iterable[str]) -> set[tuple[str, str | None]]:
        """Recording and input hash of every stored transcript of these recordings."""
        query = select(Artifact.recording_key, Artifact.input_hash).where(
            Artifact.kind == ResultKind.TRANSCRIPT, Artifact.available.is_(True)
        )
        wanted = set(keys)
        if len(wanted) == 1:
            query = query.where(Artifact.recording_key == next(iter(wanted)))
        return {(key, digest) for key, digest in self._rows(query) if key in wanted}

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._context.database.read() as session:
            return session.execute(query).all()
