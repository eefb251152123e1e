"""Measured versions, and which of them is the default.

Must not go here: measuring and comparing (``evaluation/``).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import EvaluationRow, Promotion


@dataclass(frozen=True, kw_only=True)
class NewEvaluation:
    """What was measured. ``set_hash``: of the labelled meetings; ``complete``: all of them were measured."""

    version: str
    set_hash: str
    provider: str
    model: str
    prompt_versions: dict[str, Any]
    meetings: int
    complete: bool
    cost_usd: float
    figures: dict[str, Any]


@retrying
class Evaluations:
    """Repository of measurements and promotions."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, new: NewEvaluation) -> EvaluationRow:
        """Store a measurement."""
        row = EvaluationRow(
            id=uuid.uuid4().hex,
            version=new.version,
            set_hash=new.set_hash,
            provider=new.provider,
            model=new.model,
            prompt_versions=new.prompt_versions,
            meetings=new.meetings,
            complete=new.complete,
            cost_usd=new.cost_usd,
            figures=new.figures,
            created_at=self._context.now(),
        )
        with self._context.database.write() as session:
            session.add(row)
        return row

    def latest(self, version: str, set_hash: str | None = None, *, complete: bool = False) -> EvaluationRow | None:
        """The newest measurement of a version, on this set or on any. ``complete``: only of all meetings of the set."""
        query = select(EvaluationRow).where(EvaluationRow.version == version)
        if complete:
            query = query.where(EvaluationRow.complete)
        if set_hash is not None:
            query = query.where(EvaluationRow.set_hash == set_hash)
        with self._context.database.read() as session:
            return session.scalars(query.order_by(EvaluationRow.created_at.desc()).limit(1)).first()

    def on_set(self, set_hash: str, limit: int) -> Sequence[EvaluationRow]:
        """The newest measurements on this set, oldest first."""
        query = select(EvaluationRow).where(EvaluationRow.set_hash == set_hash)
        with self._context.database.read() as session:
            found = session.scalars(query.order_by(EvaluationRow.created_at.desc()).limit(limit)).all()
        return found[::-1]

    def baseline(self, version: str, set_hash: str) -> EvaluationRow | None:
        """What a version is compared with: the promoted version, otherwise the last other one, measured on the same set."""
        promoted = self.promoted()
        if promoted is not None and promoted.version != version:
            return self.latest(promoted.version, set_hash)
        query = select(EvaluationRow).where(EvaluationRow.set_hash == set_hash, EvaluationRow.version != version)
        with self._context.database.read() as session:
            return session.scalars(query.order_by(EvaluationRow.created_at.desc()).limit(1)).first()

    def promoted(self) -> Promotion | None:
        """The promotion in force."""
        with self._context.database.read() as session:
            query = select(Promotion).order_by(Promotion.promoted_at.desc(), Promotion.id).limit(1)
            return session.scalars(query).first()

    def promote(
        self,
        *,
        version: str,
        evaluation_id: str | None,
        prompt: dict[str, Any],
        worse: Sequence[str],
        reason: str | None,
        promoted_by: str,
    ) -> Promotion:
        """Make a version the default, and record why."""
        row = Promotion(
            id=uuid.uuid4().hex,
            version=version,
            evaluation_id=evaluation_id,
            prompt=prompt,
            worse=list(worse),
            reason=reason,
            promoted_by=promoted_by,
            promoted_at=self._context.now(),
        )
        with self._context.database.write() as session:
            session.add(row)
        return row
