"""What is kept of a deleted recording: its cost, and what has to be erased elsewhere.

Must not go here: when it is erased (``deletions.py``), the rows that are deleted (``own_rows.py``, ``mentions.py``).
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.keys import erased_key
from meeting_pipeline.store.deletions.values import Reference
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.ledger.recording_costs import Cost, costs
from meeting_pipeline.store.ledger.spending import spent_today
from meeting_pipeline.store.tables import DeletedRecording, LLMCall, Recording, TranscriptionOrder


def keep_deleted(session: Session, row: Recording, deleted_by: str, now: datetime) -> DeletedRecording:
    """The row kept for a recording that is about to be deleted: its cost, and what has to be erased elsewhere.

    The same content may have been submitted and deleted before: then its sums and references are added up.
    """
    speech = select(func.sum(TranscriptionOrder.cost_usd)).where(TranscriptionOrder.recording_key == row.key)
    answers = select(func.sum(LLMCall.cost_usd)).where(LLMCall.recording_key == row.key, LLMCall.state.in_(BILLED))
    known = session.get(DeletedRecording, row.key, with_for_update=True)
    if known is None:
        known = session.get(DeletedRecording, erased_key(row.key), with_for_update=True)
    if known is None:
        known = DeletedRecording(key=row.key, speech_usd=0.0, answers_usd=0.0, unpriced=0, day_usd=0.0)
        known.references, known.tries = [], 0
        known.receipt, known.traces = {}, {}
        known.deleted_by, known.deleted_at = deleted_by, now  # before the queries below, which flush the row
        session.add(known)
        before = None
    else:
        before = known.deleted_at
    known.speech_usd += session.scalar(speech) or 0.0
    known.answers_usd += session.scalar(answers) or 0.0
    known.unpriced += costs(session, [row.key]).get(row.key, Cost()).unpriced
    earlier = known.day_usd if before is not None and before.date() == now.date() else 0.0
    known.day_usd = earlier + spent_today(session, now, row.key).usd
    known.references = [*known.references, *(asdict(found) for found in _orders_of(session, row.key))]
    known.deleted_by, known.deleted_at = deleted_by, now
    known.unregistered_at, known.due_at, known.tries = None, now, 0
    known.key, known.erased_at, known.receipt = row.key, None, {}
    created = known.traces.get("created_at", row.created_at.isoformat())  # the first, unless it was erased
    objects = known.traces.get("objects", [])  # of an earlier recording of this content, if they are still there
    known.traces = {"created_at": created, "sha256": row.sha256, "size_bytes": row.size_bytes}
    if row.object_prefix is not None:
        objects = [*objects, [row.stored_in, row.object_prefix]]
    if objects:
        known.traces["objects"] = objects
    if row.object_prefix is None and (row.media_file is not None or row.transcript_file is not None):
        known.traces["stored_in"] = row.stored_in
    return known


def _orders_of(session: Session, key: str) -> list[Reference]:
    """Orders that a provider has, or may have."""
    orders = session.scalars(select(TranscriptionOrder).where(TranscriptionOrder.recording_key == key)).all()
    return [
        Reference(order.provider, order.provider_id, order.upload_url, order.created_at.isoformat())
        for order in orders
        if order.provider_id is not None or (order.state == "ordering" and order.upload_url is not None)
    ]
