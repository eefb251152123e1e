"""Deleting recordings: their rows are deleted at once, traces elsewhere are erased later, and their cost is kept.

``deleted_recordings`` stores what is left, when the next attempt is due, and, in its receipt, what was removed where.
Must not go here: erasing (``steps/operations/delete.py``), the rows that are deleted (``own_rows.py``, ``mentions.py``), what is
kept of them (``keeping.py``), reading (``deleted_recordings.py``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.keys import erased_key
from meeting_pipeline.store import policies
from meeting_pipeline.store.api.idempotency import forget_answers
from meeting_pipeline.store.commitments.linking_outside import linking_outside
from meeting_pipeline.store.commitments.removing import remove_from_commitments
from meeting_pipeline.store.deletions.deleted_recordings import references_of
from meeting_pipeline.store.deletions.keeping import keep_deleted
from meeting_pipeline.store.deletions.mentions import delete_mentions
from meeting_pipeline.store.deletions.own_rows import delete_own_rows, require_delivered, require_over
from meeting_pipeline.store.deletions.values import Deleted, Reference, Trace
from meeting_pipeline.store.engine.compacting import compact
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.event_log.event_log import leave_feed
from meeting_pipeline.store.metrics.counters import count_new
from meeting_pipeline.store.people.forgetting import forget_names
from meeting_pipeline.store.results.table_changes import note_table_change
from meeting_pipeline.store.search.rebuilding import merge_deleted
from meeting_pipeline.store.tables import Base, DeletedRecording, FeedEntry, Recording


@retrying
class Deletions:
    """Repository of deletions and of what they leave to be erased."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    @linking_outside
    def delete(self, key: str, deleted_by: str, *, drop_deliveries: bool = False) -> None:
        """Delete every row of a finished recording, and keep its cost.

        ``drop_deliveries``: drop webhooks that are not delivered yet; otherwise the deletion is refused while there are any.
        Raises: PermanentError ``unknown_recording``, ``not_finished``, ``deliveries_pending``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_over(session, row, self._context.now())
            require_delivered(session, key, self._context.now(), drop=drop_deliveries)
            known = keep_deleted(session, row, deleted_by, self._context.now())
            count_new(session, key=key)  # its events are about to be deleted
            answers = forget_answers(session, key) + delete_mentions(session, key)
            rows = remove_from_commitments(session, key, self._context.now()) + forget_names(session, key)
            rows += delete_own_rows(session, key) + 1
            session.delete(row)
            leave_feed(session, key)
            note_table_change(session, key, self._context.now())
            known.receipt = {
                "results": self._noted(known, "results", Trace(rows)),
                "repeated_requests": self._noted(known, "repeated_requests", Trace(answers)),
                "erasure": self._noted(known, "erasure", Trace(left="not_begun")),
            }

    def _noted(self, row: DeletedRecording, place: str, trace: Trace) -> dict[str, Any]:
        before = (row.receipt or {}).get(place, {}).get("removed", 0)
        return {"removed": before + trace.removed, "left": trace.left, "at": self._context.now().isoformat()}

    def due(self, limit: int) -> Sequence[Deleted]:
        """Deleted recordings with something to clear now, longest waiting first."""
        query = select(DeletedRecording).where(DeletedRecording.due_at <= self._context.now())
        with self._context.database.read() as session:
            rows = session.scalars(query.order_by(DeletedRecording.due_at).limit(limit)).all()
            return [
                Deleted(row.key, references_of(row), row.unregistered_at is None, row.tries, row.deleted_at, row.traces)
                for row in rows
            ]

    def note_unregistered(self, key: str) -> None:
        """Dagster no longer knows the recording."""
        with self._context.database.write() as session:
            row = session.get(DeletedRecording, key, with_for_update=True)
            if row is not None:  # another round may have finished it meanwhile
                row.unregistered_at = self._context.now()

    def note_forgotten(self, key: str, reference: Reference) -> None:
        """A provider no longer has anything of this order."""
        with self._context.database.write() as session:
            row = session.get(DeletedRecording, key, with_for_update=True)
            if row is None:
                return
            row.references = [
                {**found, "forgotten": True} if found["since"] == reference.since
                and found["provider"] == reference.provider and found["order_id"] == reference.order_id
                else found
                for found in row.references
            ]  # fmt: skip

    def compact(self) -> Trace:
        """Overwrite the space of deleted rows in the database: any table may have named the recording."""
        merge_deleted(self._context.database)
        return Trace(left=compact(self._context.database, (table.name for table in Base.metadata.sorted_tables)))

    def note(self, key: str, place: str, trace: Trace) -> None:
        """Add to the receipt what was removed at a place. Does nothing if the receipt does not exist (any more)."""
        with self._context.database.write() as session:
            row = session.get(DeletedRecording, key, with_for_update=True)
            if row is not None:
                row.receipt = {**row.receipt, place: self._noted(row, place, trace)}

    def end_round(self, key: str, found: Mapping[str, Trace] | None = None, *, of: datetime | None = None) -> None:
        """Record the end of a round of erasing: if anything is left, it is retried with back-off.

        ``of``: the time of the deletion that the round was for.
        """
        with self._context.database.write() as session:
            row = session.get(DeletedRecording, key, with_for_update=True)
            if row is None or (of is not None and row.deleted_at != of):  # ended by another round, or deleted again
                return
            noted = {place: self._noted(row, place, trace) for place, trace in (found or {}).items()}
            row.receipt = {**{place: said for place, said in row.receipt.items() if place != "erasure"}, **noted}
            left = any(said["left"] for said in row.receipt.values())
            if not left and row.unregistered_at is not None and all(found["forgotten"] for found in row.references):
                row.due_at, row.tries, row.erased_at, row.traces = None, 0, self._context.now(), {}
                self._forget_key(session, row)
                return
            self._try_later(row)

    def defer(self, key: str, *, of: datetime) -> None:
        """A round of erasing could not even be recorded: retry it with back-off. ``of``: see ``end_round``."""
        with self._context.database.write() as session:
            row = session.get(DeletedRecording, key, with_for_update=True)
            if row is not None and row.deleted_at == of:
                self._try_later(row)

    def _try_later(self, row: DeletedRecording) -> None:
        row.due_at = self._context.after(
            backoff_s(row.tries, policies.FORGET_FIRST_SECONDS, policies.FORGET_MAX_SECONDS)
        )
        row.tries += 1

    def _forget_key(self, session: Session, row: DeletedRecording) -> None:
        """Replace the key, which contains the title: the key still finds the receipt, but the row reveals no word of it."""
        if session.get(Recording, row.key) is not None:
            return  # the same content was submitted again, under the same key
        key, row.key = row.key, erased_key(row.key)
        mention = update(FeedEntry).where(FeedEntry.recording_key == key).values(recording_key=row.key)
        session.execute(mention, execution_options={"synchronize_session": False})
