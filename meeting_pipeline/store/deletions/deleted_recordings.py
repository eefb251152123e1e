"""Deleted recordings as people and programs see them. Reading only.

Must not go here: receipts as text (``receipts.py``), changing them (``deletions.py``).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select

from meeting_pipeline.domain.keys import erased_key
from meeting_pipeline.store.deletions.values import DeletedSum, Reference
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import DeletedRecording, Recording


@retrying
class DeletedRecordings:
    """Repository of deleted recordings, for reading."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def find(self, key: str) -> DeletedRecording | None:
        """The row of a deleted recording, by its key or by the key that replaced it; ``None`` if there is none."""
        with self._context.database.read() as session:
            return session.get(DeletedRecording, key) or session.get(DeletedRecording, erased_key(key))

    def latest(self, limit: int, *, unfinished: bool = False) -> Sequence[DeletedRecording]:
        """The rows, latest deletion first; with ``unfinished``, only those with something left."""
        query = select(DeletedRecording).order_by(DeletedRecording.deleted_at.desc(), DeletedRecording.key).limit(limit)
        if unfinished:
            query = query.where(DeletedRecording.due_at.is_not(None))
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def cleared_among(self, keys: Collection[str]) -> set[str]:
        """Which of these keys are of deleted recordings whose partition is gone too, and not of a present recording."""
        by_name = {name: key for key in keys for name in (key, erased_key(key))}
        gone = select(DeletedRecording.key).where(DeletedRecording.unregistered_at.is_not(None))
        present = select(Recording.key)
        if len(by_name) <= AT_ONCE:
            gone = gone.where(DeletedRecording.key.in_(list(by_name)))
            present = present.where(Recording.key.in_(list(keys)))
        with self._context.database.read() as session:
            cleared = {by_name[name] for name in session.scalars(gone) if name in by_name}
            return cleared.difference(session.scalars(present)) if cleared else cleared

    def costs(self, key: str | None, since: datetime | None) -> DeletedSum:
        """The cost of the recordings deleted ``since`` then, of all or of one key."""
        query = select(
            func.count(),
            func.sum(DeletedRecording.speech_usd),
            func.sum(DeletedRecording.answers_usd),
            func.sum(DeletedRecording.unpriced),
        ).where(
            *([DeletedRecording.key.in_([key, erased_key(key)])] if key is not None else []),
            *([DeletedRecording.deleted_at >= since] if since is not None else []),
        )
        with self._context.database.read() as session:
            count, speech, answers, unpriced = session.execute(query).one()
            return DeletedSum(int(count), float(speech or 0.0), float(answers or 0.0), int(unpriced or 0))

    def references(self, provider: str) -> list[Reference]:
        """Every order at this provider that belongs to a deleted recording."""
        with self._context.database.read() as session:
            rows = session.scalars(select(DeletedRecording)).all()
        return [found for row in rows for found in references_of(row) if found.provider == provider]


def references_of(row: DeletedRecording) -> tuple[Reference, ...]:
    """The orders of a deleted recording that providers have, or may have."""
    return tuple(Reference(**found) for found in row.references)
