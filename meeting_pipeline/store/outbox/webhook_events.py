"""Events that publish an outcome: created in the transaction that stores the outcome.

Belongs here: what is worth an event, and who receives it.
Must not go here: what happens to a delivery (``outbox.py``), the format of a body (``webhooks/payload.py``).
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.outcome_changes import same_outcome
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.store.commitments.noting import note_commitment_change
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.outbox.mail_queue import enqueue_revision, enqueue_submission
from meeting_pipeline.store.outbox.webhook_urls import host_of, target_of
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.results.table_changes import note_table_change
from meeting_pipeline.store.tables import Recording, Submission, WebhookDelivery, WebhookEvent


@dataclass(frozen=True)
class EventHeader:
    """What an event's body contains besides the record: its id, revision and time."""

    event_id: str
    revision: int
    occurred_at: datetime


RenderBody = Callable[[MeetingRecord, EventHeader], bytes]
"""Builds the body of an event. Equal arguments give identical bytes."""

_NO_HEADER = EventHeader("", 0, datetime(1970, 1, 1, tzinfo=UTC))
"""Rendering with this header gives the content of an event without the parts that differ between two events."""


class WebhookEvents:
    """Writes events and their deliveries. Its methods work inside a caller's transaction."""

    def __init__(self, context: StoreContext, render: RenderBody) -> None:
        self._context = context
        self._render = render

    def publish(self, session: Session, row: Recording) -> int | None:
        """Insert the event for the recording's present outcome, unless the last event had the same content.

        The caller holds the row lock and has set the outcome. Returns the new revision, or ``None``.
        """
        session.flush()
        note_table_change(session, row.key, self._context.now())  # whether announced or not: costs may have changed
        note_commitment_change(session, row.key, self._context.now())
        record = load_record(session, row)
        body = self._render(record_without_costs(record), _NO_HEADER)
        told = hashlib.sha256(body).hexdigest()
        latest = self._latest(session, row.key)
        # The hash is quick; after an upgrade or a new address, only the fields show that nothing is new.
        if latest is not None and (latest.result_hash == told or same_outcome(latest.body, body)):
            self._publish_to_newcomers(session, row, latest)
            return None
        row.revision += 1
        header = EventHeader(f"evt_{new_id()}", row.revision, self._context.now())
        event = WebhookEvent(
            id=header.event_id,
            recording_key=row.key,
            revision=row.revision,
            type=f"meeting.{row.status}",
            result_hash=told,
            body=self._render(replace(record, revision=row.revision), header),
            created_at=header.occurred_at,
        )
        session.add(event)
        session.flush()
        query = select(Submission).where(Submission.recording_key == row.key)
        self._enqueue_all(session, event, session.scalars(query.order_by(Submission.submitted_at)))
        enqueue_revision(self._context, session, row)
        return row.revision

    def publish_commitment(self, session: Session, row: Recording, render: Callable[[EventHeader], bytes]) -> int:
        """Insert the event of a commitment that this recording changed. The caller holds the row lock. Returns the revision.

        It is counted like the recording's own events, so that receivers get all of them in order.
        """
        row.revision += 1
        header = EventHeader(f"evt_{new_id()}", row.revision, self._context.now())
        body = render(header)
        event = WebhookEvent(
            id=header.event_id,
            recording_key=row.key,
            revision=row.revision,
            type="commitment.changed",
            result_hash=hashlib.sha256(body).hexdigest(),
            body=body,
            created_at=header.occurred_at,
        )
        session.add(event)
        session.flush()
        query = select(Submission).where(Submission.recording_key == row.key)
        self._enqueue_all(session, event, session.scalars(query.order_by(Submission.submitted_at)))
        return row.revision

    def publish_latest(self, session: Session, row: Recording, submission: Submission) -> None:
        """Deliver the latest event to a submission made after the outcome."""
        latest = self._latest(session, row.key)
        if latest is not None:
            self._enqueue(session, latest, submission)
            enqueue_submission(self._context, session, row, submission)

    def _publish_to_newcomers(self, session: Session, row: Recording, event: WebhookEvent) -> None:
        """Deliver the event to submissions made since, if the recording reached the same outcome again."""
        heard = select(WebhookDelivery.submission_id).where(WebhookDelivery.event_id == event.id)
        query = select(Submission).where(
            Submission.recording_key == event.recording_key,
            Submission.submitted_at > event.created_at,
            Submission.id.not_in(heard),
        )
        newcomers = session.scalars(query.order_by(Submission.submitted_at)).all()
        self._enqueue_all(session, event, newcomers)
        for submission in newcomers:
            enqueue_submission(self._context, session, row, submission)

    def _enqueue_all(self, session: Session, event: WebhookEvent, submissions: Iterable[Submission]) -> None:
        by_target = {submission.webhook_url: submission for submission in submissions}
        for submission in by_target.values():  # a URL that submitted it twice gets each event once
            self._enqueue(session, event, submission)

    def _latest(self, session: Session, key: str) -> WebhookEvent | None:
        query = select(WebhookEvent).where(WebhookEvent.recording_key == key, WebhookEvent.type.startswith("meeting."))
        return session.scalar(query.order_by(WebhookEvent.revision.desc()).limit(1))

    def _enqueue(self, session: Session, event: WebhookEvent, submission: Submission) -> None:
        if submission.webhook_url is None:
            return
        now = self._context.now()
        session.add(
            WebhookDelivery(
                id=new_id(),
                event_id=event.id,
                submission_id=submission.id,
                recording_key=event.recording_key,
                target=target_of(submission.webhook_url),
                host=host_of(submission.webhook_url),
                state="pending",
                attempts=0,
                next_at=now,
                created_at=now,
            )
        )


def record_without_costs(record: MeetingRecord) -> MeetingRecord:
    """The record without fields that change although the outcome does not: revision, costs, versions, the reasons of gaps."""
    stamps = {kind: replace(stamp, version=0, transcript_version=None) for kind, stamp in record.stamps.items()}
    gaps = tuple(replace(gap, code="", reason="", advice="", retry_at=None, since=None, tries=0) for gap in record.gaps)
    return replace(record, revision=0, cost_usd=0.0, unpriced_purchases=0, stamps=stamps, gaps=gaps, completed_at=None)
