"""The system's queries of the outbox: what is due and how late, and what became of a delivery.

Belongs here: reading only. Must not go here: anything that changes a delivery (``outbox.py``), queries for people, with filters
and endpoints (``queries.py``).
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.due import awaits_earlier, is_due
from meeting_pipeline.store.outbox.endpoints import DISABLED, FAILING, is_in
from meeting_pipeline.store.tables import WebhookAttempt, WebhookDelivery, WebhookEvent


@retrying
class Deliveries:
    """Repository of webhook deliveries, for reading."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def due(self, *, new_for_s: float = 0.0) -> int:
        """How many deliveries could be attempted now, or must be held.

        ``new_for_s`` leaves out those never attempted that have been due for less (seconds, not scaled).
        """
        now = self._context.now()
        query = (
            select(func.count())
            .select_from(WebhookDelivery)
            .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
            .where(is_due(now), ~awaits_earlier())
        )
        if new_for_s:
            settled = now - timedelta(seconds=new_for_s)
            query = query.where(or_(WebhookDelivery.attempts > 0, WebhookDelivery.next_at <= settled))
        with self._context.database.read() as session:
            return session.scalar(query) or 0

    def receivers_are_quick(self, key: str, within_ms: int) -> bool:
        """Whether every receiver of this recording's pending deliveries answered within that time when last reached.

        A receiver that was never reached counts as quick.
        """
        pending = select(WebhookDelivery.target).where(
            WebhookDelivery.recording_key == key, WebhookDelivery.state == "pending"
        )
        with self._context.database.read() as session:
            return all(
                (_last_duration_ms(session, target) or 0) <= within_ms
                for target in session.scalars(pending.distinct()).all()
            )

    def lag_seconds(self) -> float:
        """How long the oldest delivery to a working endpoint has been due; 0 if none is."""
        now = self._context.now()
        query = (
            select(func.min(WebhookDelivery.next_at))
            .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
            .where(is_due(now), ~awaits_earlier(), ~is_in(DISABLED), ~is_in(FAILING))
        )
        with self._context.database.read() as session:
            oldest = session.scalar(query)
        return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())

    def list(self, *, state: str | None = None, key: str | None = None, limit: int = 100) -> Sequence[WebhookDelivery]:
        """Deliveries, newest first. ``queries.find_deliveries`` has more filters."""
        query = select(WebhookDelivery).order_by(WebhookDelivery.created_at.desc()).limit(limit)
        if state is not None:
            query = query.where(WebhookDelivery.state == state)
        if key is not None:
            query = query.where(WebhookDelivery.recording_key == key)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def attempts(self, delivery_id: str) -> Sequence[WebhookAttempt]:
        """The attempts of a delivery, in order."""
        query = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id).order_by(WebhookAttempt.number)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def events(self, key: str) -> Sequence[WebhookEvent]:
        """The events of a recording, by revision."""
        query = select(WebhookEvent).where(WebhookEvent.recording_key == key).order_by(WebhookEvent.revision)
        with self._context.database.read() as session:
            return session.scalars(query).all()


def _last_duration_ms(session: Session, target: str) -> int | None:
    """How long the attempt took that last reached this target."""
    last = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.target == target, WebhookDelivery.delivered_at.is_not(None))
        .order_by(WebhookDelivery.delivered_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    attempts = select(WebhookAttempt.duration_ms).where(WebhookAttempt.delivery_id == last)
    return session.scalar(attempts.order_by(WebhookAttempt.number.desc()).limit(1))
