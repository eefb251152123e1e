"""Which recordings Dagster knows: those that are registered there as partitions, and those that are not yet.

Must not go here: registering them (``defs/ops/registering.py``), how they are accepted (``recordings.py``).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, update

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import Recording


@retrying
class Registrations:
    """Repository of the registrations of recordings with Dagster."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def unregistered(self, limit: int) -> Sequence[Recording]:
        """Recordings not registered with Dagster, oldest first."""
        query = select(Recording).where(Recording.registered_at.is_(None)).order_by(Recording.created_at).limit(limit)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def registered_keys(self, since: datetime | None = None) -> Sequence[str]:
        """Recordings registered with Dagster that have content: a rejected file has nothing to show.

        With ``since``, only those registered since then.
        """
        query = select(Recording.key).where(
            Recording.registered_at.is_not(None) if since is None else Recording.registered_at >= since,
            Recording.media_file.is_not(None) | Recording.transcript_file.is_not(None),
        )
        order = Recording.created_at if since is None else Recording.registered_at
        with self._context.database.read() as session:
            return session.scalars(query.order_by(order)).all()

    def existing(self, keys: Collection[str]) -> set[str]:
        """Which of these keys, some hundreds at most, are recordings."""
        with self._context.database.read() as session:
            return set(session.scalars(select(Recording.key).where(Recording.key.in_(list(keys)))))

    def newest_unregistered(self) -> datetime | None:
        """When the newest recording not registered with Dagster was submitted."""
        query = select(func.max(Recording.created_at)).where(Recording.registered_at.is_(None))
        with self._context.database.read() as session:
            return session.scalar(query)

    def note_registered(self, keys: Collection[str]) -> None:
        """Mark these recordings as registered with Dagster."""
        with self._context.database.write() as session:
            session.execute(
                update(Recording)
                .where(Recording.key.in_(keys), Recording.registered_at.is_(None))
                .values(registered_at=self._context.now())
                .execution_options(synchronize_session=False)
            )
