"""The ledger of paid language-model calls: a row is written before each call, and updated when it has ended.

``asking`` -> ``answered`` | ``unusable`` | ``lost``. Only one run at a time asks a question: the row that says so is valid
as long as its run's lease is renewed, even if that is fenced. A paid response is stored even if its worker's lease was lost.
Must not go here: calling a provider (``steps/extraction/run_ledger.py``), sums for people (``cost_queries.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.answers import CORRECTION, FAILED_CALLS, LLMRequest, LLMResponse
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording, new_id, require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.call_ends import note_answered, note_unanswered
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.ledger.usage_columns import USAGE_COLUMNS, usage_of_call
from meeting_pipeline.store.recordings.fencing import is_renewed
from meeting_pipeline.store.tables import LLMCall, RunLease


@dataclass(frozen=True)
class Known:
    """The question has a response. ``id``: its row. If ``reply.problem`` is set, it is unusable."""

    id: str
    reply: LLMResponse


@dataclass(frozen=True)
class Begun:
    """The caller is to make the call now. ``id``: the row that records it."""

    id: str


@dataclass(frozen=True)
class AskedByAnotherRun:
    """A run that gives signs of life is asking the same question right now."""

    run_id: str


@dataclass(frozen=True)
class CorrectionsUsedUp:
    """The recording has had ``policies.RECORDING_CORRECTIONS`` corrections."""


@retrying
class LLMCalls:
    """Repository of paid language-model calls."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def begin(
        self,
        key: str,
        run_id: str,
        question: LLMRequest,
        *,
        bought_by: Collection[str] | None = None,
        campaign: str | None = None,
    ) -> Known | Begun | AskedByAnotherRun | CorrectionsUsedUp:
        """Find the newest response, usable if there is one, or take the right to ask.

        ``bought_by``: only responses bought by these runs count, or by ``campaign``, for which the call is made.
        Raises: WorkerFenced if this run's lease was lost; PermanentError ``unknown_recording``.
        """
        with self._context.database.write() as session:
            locked_recording(session, key)
            require_lease(session, run_id)
            counts = _counted(bought_by, campaign)
            known = self._known(session, key, question, counts)
            if known is not None:
                return known
            other = self._in_progress_elsewhere(session, key, run_id, question)
            if other is not None:
                return AskedByAnotherRun(other)
            if question.is_correction and self._corrections(session, key, counts) >= policies.RECORDING_CORRECTIONS:
                return CorrectionsUsedUp()
            row = LLMCall(
                id=new_id(),
                recording_key=key,
                insight=question.insight.value,
                question_hash=question.digest,
                run_id=run_id,
                state="asking",
                model=question.model,
                prompt_version=question.prompt_version,
                campaign=campaign,
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
            row.model, row.answer = reply.model, {"text": reply.text}
            note_answered(row, reply.usage, self._context.now(), problem)

    def unanswered(self, answer_id: str, problem: str, *, perhaps_billed: bool) -> None:
        """No response came. A call that certainly cost nothing leaves no row."""
        with self._context.database.write() as session:
            row = session.get(LLMCall, answer_id, with_for_update=True)
            note_unanswered(session, row, problem, self._context.now(), perhaps_billed=perhaps_billed)

    def spent(self, key: str, run_id: str) -> dict[Insight, Usage]:
        """What this run bought for each insight, usable or not."""
        columns = [func.count(), *(func.sum(getattr(LLMCall, name)) for name in USAGE_COLUMNS)]
        query = select(LLMCall.insight, *columns).where(
            LLMCall.recording_key == key, LLMCall.run_id == run_id, LLMCall.state.in_(BILLED)
        )
        with self._context.database.read() as session:
            rows = session.execute(query.group_by(LLMCall.insight)).all()
        return {
            Insight.named(insight): Usage(calls=calls, **{name: sums[i] or 0 for i, name in enumerate(USAGE_COLUMNS)})
            for insight, calls, *sums in rows
        }

    def _known(
        self, session: Session, key: str, question: LLMRequest, counts: Sequence[ColumnElement[bool]]
    ) -> Known | None:
        """The newest usable response; otherwise the newest unusable one, but not a call in which the provider failed."""
        asked = and_(*_same(key, question))
        answers = or_(
            LLMCall.state == "answered",
            and_(LLMCall.state == "unusable", func.coalesce(LLMCall.error_code, "").not_in(FAILED_CALLS)),
        )
        query = select(LLMCall).where(asked, answers, *counts)
        rows = session.scalars(query.order_by(LLMCall.state, LLMCall.ended_at.desc(), LLMCall.id).limit(1))
        for row in rows:  # "answered" precedes "unusable"
            text = row.answer.get("text") if row.answer else None
            if isinstance(text, str) or row.state == "unusable":
                usage = usage_of_call(row)
                problem = None if row.state == "answered" else row.error_code or "invalid_answer"
                return Known(row.id, LLMResponse(text=text or "", model=row.model, usage=usage, problem=problem))
        return None

    def _corrections(self, session: Session, key: str, counts: Sequence[ColumnElement[bool]]) -> int:
        query = select(func.count()).where(
            LLMCall.recording_key == key, LLMCall.prompt_version.endswith(CORRECTION, autoescape=True), *counts
        )
        return session.scalar(query) or 0

    def _in_progress_elsewhere(self, session: Session, key: str, run_id: str, question: LLMRequest) -> str | None:
        now = self._context.now()
        query = (
            select(LLMCall.run_id)
            .join(RunLease, RunLease.run_id == LLMCall.run_id)
            .where(
                *_same(key, question),
                LLMCall.state == "asking",
                LLMCall.run_id != run_id,
                LLMCall.created_at > now - timedelta(seconds=policies.ASKED_ELSEWHERE_SECONDS),
                is_renewed(now),
            )
        )
        return session.scalar(query.limit(1))


def _counted(bought_by: Collection[str] | None, campaign: str | None) -> Sequence[ColumnElement[bool]]:
    """The condition on calls whose responses may be reused; none if all may."""
    if bought_by is None:
        return ()
    mine = LLMCall.run_id.in_(bought_by)
    return (mine,) if campaign is None else (or_(mine, LLMCall.campaign == campaign),)


def _same(key: str, question: LLMRequest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LLMCall.recording_key == key, LLMCall.question_hash == question.digest
