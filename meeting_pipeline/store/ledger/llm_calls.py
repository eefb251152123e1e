"""The ledger of paid language-model calls: a row is written before each call, and updated when it has ended.

``asking`` -> ``answered`` | ``unusable`` | ``lost``. Only one run at a time asks a question: the row that says so is valid
as long as its run's lease is renewed, even if that is fenced. A paid response is stored even if its worker's lease was lost.
Must not go here: calling a provider (``steps/extraction/run_ledger.py``), sums for people (``cost_queries.py``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.answers import LLMRequest, LLMResponse
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording, new_id, require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.recordings.fencing import gives_signs_of_life
from meeting_pipeline.store.tables import LLMCall, RunLease


@dataclass(frozen=True)
class Known:
    """The question has a usable response. ``id``: its row."""

    id: str
    reply: LLMResponse


@dataclass(frozen=True)
class Begun:
    """The caller is to make the call now. ``id``: the row that records it."""

    id: str


@dataclass(frozen=True)
class Enough:
    """The question was answered unusably as often as it may be asked in the same words. ``code``: why the last time."""

    code: str


@dataclass(frozen=True)
class AskedElsewhere:
    """A run that gives signs of life is asking the same question right now."""

    run_id: str


@retrying
class LLMCalls:
    """Repository of paid language-model calls."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def begin(
        self, key: str, run_id: str, question: LLMRequest, *, bought_by: Collection[str] | None = None
    ) -> Known | Begun | AskedElsewhere | Enough:
        """Find the newest usable response, or take the right to ask. ``bought_by``: consider only responses bought by these runs.

        What was refused or filtered once, or answered unusably ``policies.SAME_QUESTION_TRIES`` times, is not asked again.

        Raises: WorkerFenced if this run's lease was lost; PermanentError ``unknown_recording``.
        """
        with self._context.database.write() as session:
            locked_recording(session, key)
            require_lease(session, run_id)
            known = self._known(session, key, question, bought_by)
            if known is not None:
                return known
            enough = self._enough(session, key, question, bought_by)
            if enough is not None:
                return enough
            other = self._asked_by_another(session, key, run_id, question)
            if other is not None:
                return AskedElsewhere(other)
            row = LLMCall(
                id=new_id(),
                recording_key=key,
                insight=question.insight.value,
                question_hash=question.digest,
                run_id=run_id,
                state="asking",
                model=question.model,
                prompt_version=question.prompt_version,
                created_at=self._context.now(),
            )
            session.add(row)
            return Begun(row.id)

    def answered(self, answer_id: str, reply: LLMResponse, problem: str | None = None) -> None:
        """Store a billed response. ``problem``: why it is unusable. Calling this twice changes nothing."""
        with self._context.database.write() as session:
            row = session.get(LLMCall, answer_id, with_for_update=True)
            if row is None:  # the recording was deleted meanwhile
                return
            row.state = "unusable" if problem else "answered"
            row.error_code = problem
            row.model = reply.model
            row.input_tokens = reply.usage.input_tokens
            row.cached_tokens = reply.usage.cached_tokens
            row.output_tokens = reply.usage.output_tokens
            row.cache_write_tokens = reply.usage.cache_write_tokens
            row.cost_usd = reply.usage.cost_usd
            row.unpriced_calls = reply.usage.unpriced_calls
            row.answer = {"text": reply.text}
            row.ended_at = row.ended_at or self._context.now()

    def unanswered(self, answer_id: str, problem: str, *, perhaps_billed: bool) -> None:
        """No response came. A call that certainly cost nothing leaves no row."""
        with self._context.database.write() as session:
            row = session.get(LLMCall, answer_id, with_for_update=True)
            if row is None or row.state != "asking":
                return
            if not perhaps_billed:
                session.delete(row)
                return
            row.state, row.error_code, row.ended_at = "lost", problem, self._context.now()

    def spent(self, key: str, run_id: str) -> dict[Insight, Usage]:
        """What this run bought for each insight, usable or not."""
        columns = [func.count(), *(func.sum(getattr(LLMCall, name)) for name in _COUNTS)]
        query = select(LLMCall.insight, *columns).where(
            LLMCall.recording_key == key, LLMCall.run_id == run_id, LLMCall.state.in_(BILLED)
        )
        with self._context.database.read() as session:
            rows = session.execute(query.group_by(LLMCall.insight)).all()
        return {
            Insight.named(insight): Usage(calls=calls, **{name: sums[i] or 0 for i, name in enumerate(_COUNTS)})
            for insight, calls, *sums in rows
        }

    def _known(
        self, session: Session, key: str, question: LLMRequest, bought_by: Collection[str] | None
    ) -> Known | None:
        query = select(LLMCall).where(*_same(key, question), LLMCall.state == "answered")
        if bought_by is not None:
            query = query.where(LLMCall.run_id.in_(bought_by))
        for row in session.scalars(query.order_by(LLMCall.ended_at.desc(), LLMCall.id).limit(1)):
            text = row.answer.get("text") if row.answer else None
            if isinstance(text, str):
                usage = Usage(calls=1, **{name: getattr(row, name) for name in _COUNTS})
                return Known(row.id, LLMResponse(text=text, model=row.model, usage=usage))
        return None

    def _enough(
        self, session: Session, key: str, question: LLMRequest, bought_by: Collection[str] | None
    ) -> Enough | None:
        query = select(LLMCall.error_code).where(*_same(key, question), LLMCall.state == "unusable")
        if bought_by is not None:
            query = query.where(LLMCall.run_id.in_(bought_by))
        codes = [code or "invalid_answer" for code in session.scalars(query.order_by(LLMCall.ended_at, LLMCall.id))]
        final = [code for code in codes if code in policies.NOT_ASKED_AGAIN]
        if final or len(codes) >= policies.SAME_QUESTION_TRIES:
            return Enough((final or codes)[-1])
        return None

    def _asked_by_another(self, session: Session, key: str, run_id: str, question: LLMRequest) -> str | None:
        now = self._context.now()
        query = (
            select(LLMCall.run_id)
            .join(RunLease, RunLease.run_id == LLMCall.run_id)
            .where(
                *_same(key, question),
                LLMCall.state == "asking",
                LLMCall.run_id != run_id,
                LLMCall.created_at > now - timedelta(seconds=policies.ASKED_ELSEWHERE_SECONDS),
                gives_signs_of_life(now),
            )
        )
        return session.scalar(query.limit(1))


_COUNTS = ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "cost_usd", "unpriced_calls")


def _same(key: str, question: LLMRequest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LLMCall.recording_key == key, LLMCall.question_hash == question.digest
