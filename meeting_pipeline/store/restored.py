"""What must change in a database that was restored from a backup, before anybody works with it.

Must not go here: restoring it (``backup/restoring.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, update

from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.ledger.orders import FINISHED
from meeting_pipeline.store.tables import ApiKey, Recording, RunLease, TranscriptionOrder, WebhookDelivery


@dataclass(frozen=True)
class AfterRestore:
    """What a restored database holds, for the person who restored it."""

    recordings: Mapping[str, int]
    """By status."""
    orders: int
    """Orders that a provider has, or may have, and that are not collected."""
    not_ordered: int
    """Recordings that wait for their order."""
    deliveries: int
    """Webhook deliveries that had not arrived."""
    api_keys: int


def settle_restored(database: Database) -> AfterRestore:
    """Let go of what the workers of the backup's time held, and look before anything is bought that may be bought.

    Those workers are gone, and nothing was wrong with them: it counts as no loss. An upload that had no order by then may
    have got one since: it is looked for at the provider before it is ordered.
    """
    unfinished = TranscriptionOrder.state.not_in(FINISHED)
    changes = (
        update(RunLease).where(RunLease.state == "live").values(state="stopped"),
        update(TranscriptionOrder).where(unfinished).values(claimed_by=None, claimed_until=None),
        update(TranscriptionOrder)
        .where(TranscriptionOrder.state == "uploaded", TranscriptionOrder.upload_url.is_not(None))
        .values(state="ordering"),
    )
    with database.write() as session:
        for change in changes:
            session.execute(change.execution_options(synchronize_session=False))
        statuses = session.execute(select(Recording.status, func.count()).group_by(Recording.status)).all()
        placed = select(func.count()).where(TranscriptionOrder.state.in_(("ordering", "ordered")))
        waiting = select(func.count()).where(
            Recording.stage == "ordering",
            Recording.key.not_in(
                select(TranscriptionOrder.recording_key).where(TranscriptionOrder.state.in_(("ordering", "ordered")))
            ),
        )
        undelivered = select(func.count()).where(WebhookDelivery.state.in_(("pending", "leased")))
        keys = select(func.count()).where(ApiKey.revoked_at.is_(None))
        return AfterRestore(
            {str(status): int(count) for status, count in statuses},
            *(int(session.scalar(question) or 0) for question in (placed, waiting, undelivered, keys)),
        )
