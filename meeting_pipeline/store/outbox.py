"""The webhook outbox: deliveries of events, from due to delivered or dead.

A delivery is taken by lease: a sender that dies loses it, one that wakes up late changes nothing (its token is gone).
Deliveries of one recording to one target go out in the order of their revisions: see ``_awaits_earlier``.
Must not go here: when there is something to tell (``telling.py``), HTTP (``webhooks/``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.store.context import StoreContext
from meeting_pipeline.store.patience import patient
from meeting_pipeline.store.rows import add_event, locked_recording, new_id
from meeting_pipeline.store.tables import Submission, WebhookAttempt, WebhookDelivery, WebhookEvent


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
    """What the store keeps of a try; ``webhooks.outcome.Outcome`` has this shape."""

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


@patient
class Outbox:
    """Repository of webhook deliveries."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def due(self) -> int:
        """How many deliveries could be tried now."""
        query = (
            select(func.count())
            .select_from(WebhookDelivery)
            .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
            .join(Submission, Submission.id == WebhookDelivery.submission_id)
            .where(self._takeable(self._context.now()))
        )
        with self._context.database.read() as session:
            return session.scalar(query) or 0

    def take(self, limit: int) -> list[LeasedDelivery]:
        """Lease what is due, the longest waiting first.

        One whose secret cannot be decrypted is put off, with ``wrong_encryption_key`` as its last error.
        """
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
                try:
                    plain = self._context.cipher.decrypt(secret) if secret else None
                except OperatorError as error:  # waits for the right key; the others must not wait with it
                    row.state, row.lease_token, row.lease_until = "pending", None, None
                    row.last_error, row.next_at = error.code, self._context.after(policies.OPERATOR_RETRY_SECONDS)
                    continue
                row.state, row.lease_token = "leased", token
                row.lease_until = now + timedelta(seconds=policies.WEBHOOK_LEASE_SECONDS)
                attempt = row.attempts + 1
                taken.append(
                    LeasedDelivery(row.id, token, row.event_id, row.recording_key, url or "", plain, body, attempt)
                )
        return taken

    def give_back(self, taken: LeasedDelivery) -> None:
        """A delivery that was not tried after all is due again at once, behind all others that are."""
        with self._context.database.write() as session:
            row = session.get_one(WebhookDelivery, taken.delivery_id, with_for_update=True)
            if row.state == "leased" and row.lease_token == taken.token:
                row.state, row.next_at = "pending", self._context.now()
                row.lease_token = row.lease_until = None

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
            tries = select(func.max(WebhookAttempt.number)).where(WebhookAttempt.delivery_id == row.id)
            session.add(
                WebhookAttempt(
                    delivery_id=row.id,
                    number=(session.scalar(tries) or 0) + 1,
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

    def untold_to_catalog(self, told: int) -> int | None:
        """How many events there are, if some beyond the first ``told`` await the cross-meeting tables and it is time.

        It is time after ``CATALOG_QUIET_SECONDS`` without a new event, or when the oldest waits ``CATALOG_MAX_WAIT_SECONDS``.
        """
        query = select(func.count(), func.max(WebhookEvent.created_at))
        with self._context.database.read() as session:
            count, newest = session.execute(query).one()
            if count <= told:
                return None
            waiting = select(WebhookEvent.created_at).order_by(WebhookEvent.created_at).offset(told).limit(1)
            oldest = session.scalar(waiting)
        now = self._context.now()
        quiet = now - newest >= timedelta(seconds=policies.CATALOG_QUIET_SECONDS)
        overdue = oldest is not None and now - oldest >= timedelta(seconds=policies.CATALOG_MAX_WAIT_SECONDS)
        return count if quiet or overdue else None

    def replay(self, delivery_ids: Sequence[str]) -> int:
        """Make deliveries due now, with their schedule from the start, whatever became of them. Returns how many.

        Those that are being tried at this moment stay as they are.
        """
        count = 0
        with self._context.database.write() as session:
            for delivery_id in sorted(set(delivery_ids)):
                row = session.get(WebhookDelivery, delivery_id, with_for_update=True)
                if row is None or row.state == "leased":
                    continue
                row.state, row.next_at, row.attempts = "pending", self._context.now(), 0
                count += 1
        return count

    @staticmethod
    def _takeable(now: datetime) -> ColumnElement[bool]:
        ripe = or_(
            (WebhookDelivery.state == "pending") & (WebhookDelivery.next_at <= now),
            (WebhookDelivery.state == "leased") & (WebhookDelivery.lease_until < now),
        )
        return ripe & ~_awaits_earlier()


def _awaits_earlier() -> ColumnElement[bool]:
    """Whether an earlier revision of the recording is still on its way to the same URL, by whatever submission.

    For queries that join ``WebhookEvent`` and ``Submission``. A dead letter holds up nothing: what is newer would wait for
    a person. If it is replayed after a newer one arrived, that is the person's wish.
    """
    earlier, event, submission = aliased(WebhookDelivery), aliased(WebhookEvent), aliased(Submission)
    return exists(
        select(earlier.id)
        .join(event, event.id == earlier.event_id)
        .join(submission, submission.id == earlier.submission_id)
        .where(
            earlier.recording_key == WebhookDelivery.recording_key,
            earlier.state.in_(("pending", "leased")),
            event.revision < WebhookEvent.revision,
            submission.webhook_url == Submission.webhook_url,
        )
    )
