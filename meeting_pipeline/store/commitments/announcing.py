"""Publishes changed commitments to the submitters of the meeting that changed them, through the outbox.

A change is recorded in the transaction that links, and announced in a separate one: announcing locks the recording's row, and no
transaction may wait for that while it holds the lock of a series. So nothing is lost, and changes in quick succession become one
event. Must not go here: the format of a body (``webhooks/commitment_payload.py``), deliveries (``store/outbox/``).
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from meeting_pipeline.store.commitments.relinking import lock_series, shown_json
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import EventHeader, WebhookEvents
from meeting_pipeline.store.tables import Commitment, Recording

RenderCommitment = Callable[[EventHeader, str, Mapping[str, Any], Mapping[str, Any] | None], bytes]
"""Builds a body from header, recording, commitment, and the state that was announced before. Equal arguments give identical
bytes."""


@retrying
class CommitmentEvents:
    """Repository of commitments that still have to be announced. Without ``render`` none are."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents, render: RenderCommitment | None) -> None:
        self._context = context
        self._webhook_events = webhook_events
        self._render = render

    def waiting(self, limit: int) -> list[str]:
        """Commitments whose latest change is not announced."""
        if self._render is None:
            return []
        query = select(Commitment.id).where(Commitment.untold.is_(True)).order_by(Commitment.id).limit(limit)
        with self._context.database.read() as session:
            return list(session.scalars(query))

    def announce(self, commitment_id: str) -> bool:
        """Publish the latest change of a commitment. False if there is none, or if it looks as it did when last announced."""
        render = self._render
        if render is None:
            return False
        with self._context.database.write() as session:
            known = session.get(Commitment, commitment_id)
            if known is None:
                return False
            recording = session.get(Recording, known.recording_key, with_for_update=True)
            lock_series(session, [known.series])
            row = session.get(Commitment, commitment_id, populate_existing=True)
            if row is None or not row.untold or recording is None or row.recording_key != recording.key:
                return False  # it changed meanwhile: the next round announces it
            now, before = shown_json(row), row.told
            row.untold, row.told = False, now
            if now == before:
                return False
            whole = {
                "id": row.id, "insight": row.insight, "series": row.series, **now, "meeting_date": row.last_day.isoformat(),
                "segment_id": row.segment_id, "words": row.words, "version": row.version,
            }  # fmt: skip
            self._webhook_events.publish_commitment(
                session, recording, lambda header: render(header, recording.key, whole, before)
            )
            return True
