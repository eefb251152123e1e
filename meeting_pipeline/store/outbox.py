"""The webhook outbox: events that tell an outcome, and their deliveries.

An event is inserted in the transaction that makes its outcome true. A delivery is taken by lease: a sender that dies
loses it, one that wakes up late changes nothing (its token is gone). Must not go here: HTTP (``webhooks/``).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.store.context import StoreContext
from meeting_pipeline.store.records import load_record
from meeting_pipeline.store.rows import add_event, locked_recording, new_id
from meeting_pipeline.store.tables import Recording, Submission, WebhookAttempt, WebhookDelivery, WebhookEvent


@dataclass(frozen=True)
class EventHeader:
    """What an event's body says beside the record: its id, revision and moment."""

    event_id: str
    revision: int
    occurred_at: datetime


RenderBody = Callable[[MeetingRecord, EventHeader], bytes]
"""Builds the body of an event. Equal arguments give equal bytes."""

_NO_HEADER = EventHeader("", 0, datetime(1970, 1, 1, tzinfo=UTC))
"""Rendering with this header gives what an event tells, without what differs between two events."""


@dataclass(frozen=True)
class LeasedDelivery:
    """A delivery that this sender may try now."""

    delivery_id: str
    token: str
    event_id: str
    recording_key: str
    url: str
    secret: str | None
    body: bytes
    attempt: int
    """1 for the first."""


class AttemptResult(Protocol):
    """What the store keeps of a try; ``webhooks.client.Outcome`` has this shape."""

    @property
    def delivered(self) -> bool: ...  # noqa: D102 - a protocol's members speak for themselves
    @property
    def status(self) -> int | None: ...  # noqa: D102 - see above
    @property
    def error_code(self) -> str | None: ...  # noqa: D102 - see above
    @property
    def detail(self) -> str: ...  # noqa: D102 - see above
    @property
    def duration_ms(self) -> int: ...  # noqa: D102 - see above
    @property
    def peer(self) -> str | None: ...  # noqa: D102 - see above


class Outbox:
    """Repository of webhook events and deliveries."""

    def __init__(self, context: StoreContext, render: RenderBody) -> None:
        self._context = context
        self._render = render

    def tell(self, session: Session, row: Recording) -> int | None:
        """Insert the event for the recording's present outcome, unless the last event told the same.

        The caller holds the row lock and has set the outcome. Returns the new revision, or ``None``.
        """
        session.flush()
        record = load_record(session, row)
        told = hashlib.sha256(self._render(record_without_costs(record), _NO_HEADER)).hexdigest()
        latest = self._latest(session, row.key)
        if latest is not None and latest.result_hash == told:
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
        query = select(Submission).where(Submission.recording_key == row.key).order_by(Submission.submitted_at)
        by_target = {submission.webhook_url: submission for submission in session.scalars(query)}
        for submission in by_target.values():  # a target that handed it in twice hears each event once
            self._enqueue(session, event, submission)
        return row.revision

    def tell_latest(self, session: Session, row: Recording, submission: Submission) -> None:
        """A submission that came after the outcome hears the latest event."""
        latest = self._latest(session, row.key)
        if latest is not None:
            self._enqueue(session, latest, submission)

    def _latest(self, session: Session, key: str) -> WebhookEvent | None:
        query = select(WebhookEvent).where(WebhookEvent.recording_key == key)
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
                state="pending",
                attempts=0,
                next_at=now,
                created_at=now,
            )
        )

    def due(self) -> int:
        """How many deliveries could be tried now."""
        query = select(func.count()).select_from(WebhookDelivery).where(self._takeable(self._context.now()))
        with self._context.database.read() as session:
            return session.scalar(query) or 0

    def take(self, limit: int) -> list[LeasedDelivery]:
        """Lease what is due, the longest waiting first."""
        now = self._context.now()
        token = new_id()
        query = (
            select(WebhookDelivery, WebhookEvent.body, Submission.webhook_url, Submission.webhook_secret)
            .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
            .join(Submission, Submission.id == WebhookDelivery.submission_id)
            .where(self._takeable(now))
            .order_by(WebhookDelivery.next_at)
            .limit(limit)
            .with_for_update(of=WebhookDelivery, skip_locked=True)
        )
        taken = []
        with self._context.database.write() as session:
            for row, body, url, secret in session.execute(query).all():
                row.state = "leased"
                row.lease_token = token
                row.lease_until = now + timedelta(seconds=policies.WEBHOOK_LEASE_SECONDS)
                plain = self._context.cipher.decrypt(secret) if secret else None
                taken.append(
                    LeasedDelivery(
                        row.id, token, row.event_id, row.recording_key, url or "", plain, body, row.attempts + 1
                    )
                )
        return taken

    def settle(self, taken: LeasedDelivery, result: AttemptResult, next_at: datetime | None) -> bool:
        """Note a try: delivered, due again at ``next_at``, or dead (``None``). False if the lease was lost."""
        now = self._context.now()
        with self._context.database.write() as session:
            recording = locked_recording(session, taken.recording_key)
            row = session.get_one(WebhookDelivery, taken.delivery_id, with_for_update=True)
            if row.state != "leased" or row.lease_token != taken.token:
                return False
            row.attempts += 1
            row.last_status, row.last_error = result.status, result.error_code
            row.lease_token = row.lease_until = None
            session.add(
                WebhookAttempt(
                    delivery_id=row.id,
                    number=row.attempts,
                    at=now,
                    duration_ms=result.duration_ms,
                    status=result.status,
                    error_code=result.error_code,
                    detail=result.detail,
                    peer=result.peer,
                )
            )
            if result.delivered:
                row.state, row.delivered_at = "delivered", now
            elif next_at is None:
                row.state = "dead"
            else:
                row.state, row.next_at = "pending", next_at
            add_event(session, recording, "webhook", now, state=row.state, attempt=row.attempts)
            return True

    def list(self, *, state: str | None = None, key: str | None = None, limit: int = 100) -> Sequence[WebhookDelivery]:
        """Deliveries, newest first."""
        query = select(WebhookDelivery).order_by(WebhookDelivery.created_at.desc()).limit(limit)
        if state is not None:
            query = query.where(WebhookDelivery.state == state)
        if key is not None:
            query = query.where(WebhookDelivery.recording_key == key)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def attempts(self, delivery_id: str) -> Sequence[WebhookAttempt]:
        """The tries of a delivery, in order."""
        query = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id).order_by(WebhookAttempt.number)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def events(self, key: str) -> Sequence[WebhookEvent]:
        """The events of a recording, by revision."""
        query = select(WebhookEvent).where(WebhookEvent.recording_key == key).order_by(WebhookEvent.revision)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def replay(self, delivery_ids: Sequence[str]) -> int:
        """Make dead, held or delivered deliveries due now, with their schedule from the start. Returns how many."""
        count = 0
        with self._context.database.write() as session:
            for delivery_id in delivery_ids:
                row = session.get(WebhookDelivery, delivery_id, with_for_update=True)
                if row is None or row.state == "leased":
                    continue
                row.state, row.next_at = "pending", self._context.now()
                count += 1
        return count

    @staticmethod
    def _takeable(now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN205 - SQLAlchemy's expression type is private
        return or_(
            (WebhookDelivery.state == "pending") & (WebhookDelivery.next_at <= now),
            (WebhookDelivery.state == "leased") & (WebhookDelivery.lease_until < now),
        )


def record_without_costs(record: MeetingRecord) -> MeetingRecord:
    """The record without what changes though the outcome does not: revision, costs, versions."""
    stamps = {kind: replace(stamp, version=0) for kind, stamp in record.stamps.items()}
    gaps = tuple(replace(gap, retry_at=None) for gap in record.gaps)
    return replace(record, revision=0, cost_usd=0.0, stamps=stamps, gaps=gaps, completed_at=None)
