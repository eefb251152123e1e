"""Ends recordings because a person wants it: their workers are fenced, and nothing more is bought.

Each change checks under the recording's row lock what the recording's workers are. Must not go here: stopping runs in Dagster
(``steps/operations/cancel.py``), recordings whose run is gone (``recovery.py``).
"""

import enum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.recordings.fencing import mark_fenced
from meeting_pipeline.store.recordings.lease_watch import LeaseWatch
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.recordings.run_tickets import RunTicket, is_without_worker
from meeting_pipeline.store.recordings.state_machine import Transitions
from meeting_pipeline.store.tables import Recording, RunLease, TranscriptionOrder

CANCELLED = Problem(
    "cancelled",
    "A person cancelled this recording.",
    "`meeting-pipeline reprocess` starts it over; what was paid for is not bought again.",
)


class CancelOutcome(enum.StrEnum):
    """The effect of a cancellation."""

    FAILED = "failed"
    """The recording ended as ``failed`` with the code ``cancelled``."""
    STOPPED = "stopped"
    """It had an outcome, which is kept; the runs that reprocessed it were stopped."""
    NOTHING = "nothing"
    """It has an outcome, and no run was working on it."""


@retrying
class Cancelling:
    """Repository of cancellations: of a recording, of a run, or of a request for one."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents, lease_watch: LeaseWatch) -> None:
        self._context = context
        self._rules = Transitions(context, webhook_events)
        self._lease_watch = lease_watch

    def cancel(self, key: str) -> CancelOutcome:
        """End the recording because a person wants it: all its workers are fenced, and nothing more is bought.

        An order that a provider already has stays in the ledger: it is collected if the recording is reprocessed.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            return self._cancel(session, row)

    def cancel_run(self, worker: LeaseHolder) -> bool:
        """A person stopped this run. The recording is cancelled if the run had it. True if the recording ended."""
        if worker.key is None:
            self._lease_watch.fence_lease(worker.run_id)
            return False
        with self._context.database.write() as session:
            row = locked_recording(session, worker.key)
            lease = session.get(RunLease, worker.run_id, with_for_update=True)
            if lease is not None and lease.state == "live":
                mark_fenced(session, lease, self._context.now())
                session.flush()
            if not is_without_worker(session, row, None, but_fenced=True):  # another run has it, or none had
                return False
            self._cancel(session, row)
            return True

    def cancel_request(self, ticket: RunTicket) -> bool:
        """A person removed this request from Dagster's queue. True if the recording ended."""
        with self._context.database.write() as session:
            row = locked_recording(session, ticket.key)
            if not is_without_worker(session, row, ticket):
                return False
            self._cancel(session, row)
            return True

    def _cancel(self, session: Session, row: Recording) -> CancelOutcome:
        live = (RunLease.recording_key == row.key, RunLease.state == "live")
        query = select(RunLease).where(*live).order_by(RunLease.run_id).with_for_update()
        leases = session.scalars(query).all()
        for lease in leases:
            mark_fenced(session, lease, self._context.now())
        # A worker that is placing an order notices before it buys: Orders.ordering returns False. If it was already told to
        # buy, the provider may have the order and not list it yet: the claim stays until the worker has ended, or is silent.
        session.execute(
            update(TranscriptionOrder)
            .where(TranscriptionOrder.recording_key == row.key, TranscriptionOrder.state != "ordering")
            .values(claimed_by=None, claimed_until=None)
            .execution_options(synchronize_session=False)
        )
        if not RecordingStatus(row.status).terminal:
            self._rules.fail(session, row, CANCELLED)
            return CancelOutcome.FAILED
        if not leases and row.stage == Stage.DONE:
            return CancelOutcome.NOTHING
        self._rules.keep_outcome(session, row, CANCELLED)
        return CancelOutcome.STOPPED
