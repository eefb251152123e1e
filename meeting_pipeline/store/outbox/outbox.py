"""The webhook outbox: deliveries of events, from due to delivered, dead or held.

A delivery is taken by lease: a sender that dies loses it, and one that wakes up late changes nothing (its token is invalid).
Deliveries of one recording to one target are sent in the order of their revisions: see ``due.py``.
Must not go here: when an event is created (``webhook_events.py``), the states of endpoints (``endpoints.py``), reading only
(``deliveries.py``; for people ``queries.py``), HTTP (``webhooks/``).
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.row_helpers import add_event
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.attempts import AttemptResult, LeasedDelivery
from meeting_pipeline.store.outbox.due import chosen, is_due
from meeting_pipeline.store.outbox.endpoints import HELD, Endpoints
from meeting_pipeline.store.outbox.signing_secrets import secrets_in_use
from meeting_pipeline.store.recordings.lease_release import token_of
from meeting_pipeline.store.tables import (
    Recording,
    Submission,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)


@retrying
class Outbox:
    """Repository of webhook deliveries that are sent."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context
        self.endpoints = Endpoints(context)

    def take(
        self,
        limit: int,
        *,
        failing: bool | None = None,
        avoid: Collection[str] = (),
        per_host: int | None = None,
        key: str | None = None,
        taker: str = "",
    ) -> list[LeasedDelivery]:
        """Lease due deliveries, longest waiting first.

        ``failing``: only to endpoints whose last attempt failed (true) or did not fail (false). ``avoid``: hosts to leave out.
        ``per_host``: at most this many per host, so that a busy host leaves room for the others. ``key``: only of this
        recording. ``taker``: the run that takes
        them; if it dies, they are released as soon as that is known (``store/recordings/lease_release.py``). Deliveries to a
        disabled endpoint are held. A delivery whose secret cannot be decrypted is deferred, with ``wrong_encryption_key`` as
        its last error.
        """
        now = self._context.now()
        query = (
            select(WebhookDelivery, WebhookEvent.body, Submission)
            .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
            .join(Submission, Submission.id == WebhookDelivery.submission_id)
            .where(WebhookDelivery.id.in_(chosen(now, limit, failing, avoid, per_host, key)), is_due(now))
            .order_by(WebhookDelivery.next_at, WebhookDelivery.id)
            .with_for_update(of=WebhookDelivery, skip_locked=True)
        )
        with self._context.database.write() as session:
            self.endpoints.hold(session, now)
            return self._lease(session, query, now, token_of(taker))

    def _lease(
        self,
        session: Session,
        query: Select[tuple[WebhookDelivery, bytes, Submission]],
        now: datetime,
        token: str,
    ) -> list[LeasedDelivery]:
        taken = []
        rows = session.execute(query).all()
        signing = secrets_in_use(session, {row.target for row, _, _ in rows}, now)
        decrypt = self._context.cipher.decrypt
        for row, body, submission in rows:
            try:
                plain = decrypt(submission.webhook_secret) if submission.webhook_secret else None
                own = tuple(one.encrypted and decrypt(one.encrypted) for one in signing.get(row.target, ()))
            except OperatorError as error:  # waits for the right key; the others must not wait with it
                row.state, row.lease_token, row.lease_until = "pending", None, None
                row.last_error, row.next_at = error.code, self._context.after(policies.OPERATOR_RETRY_SECONDS)
                continue
            row.state, row.lease_token = "leased", token
            row.lease_until = now + timedelta(seconds=shared_policies.WEBHOOK_LEASE_SECONDS)
            taken.append(
                LeasedDelivery(
                    delivery_id=row.id,
                    token=token,
                    event_id=row.event_id,
                    recording_key=row.recording_key,
                    host=row.host,
                    url=submission.webhook_url or "",
                    secret=plain,
                    body=body,
                    attempt=row.attempts + 1,
                    body_form=submission.webhook_body or "full",
                    reference=submission.reference,
                    metadata=submission.metadata_,
                    signing_secrets=own,
                )
            )
        return taken

    def give_back(self, taken: LeasedDelivery) -> None:
        """Return a delivery that was not attempted: it is due again at once, behind all others that are due."""
        with self._context.database.write() as session:
            row = session.get(WebhookDelivery, taken.delivery_id, with_for_update=True)
            if row is not None and row.state == "leased" and row.lease_token == taken.token:
                row.state, row.next_at = "pending", self._context.now()
                row.lease_token = row.lease_until = None

    def settle(self, taken: LeasedDelivery, result: AttemptResult, next_at: datetime | None) -> str | None:
        """Record an attempt. Returns the resulting state, or ``None`` if the lease was lost.

        ``delivered``; ``pending``, due again at ``next_at``; ``dead`` if ``next_at`` is ``None``; ``held`` if the endpoint is
        disabled, by this attempt or before.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            recording = session.get(Recording, taken.recording_key, with_for_update=True)
            row = session.get(WebhookDelivery, taken.delivery_id, with_for_update=True)
            if recording is None or row is None or row.state != "leased" or row.lease_token != taken.token:
                return None  # taken by another sender since, or deleted with its recording
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
            row.state = self._state_after(session, row, taken, result, next_at)
            if row.state == "delivered":
                row.delivered_at = now
            elif row.state == "pending" and next_at is not None:
                row.next_at = next_at
            add_event(session, recording, "webhook", now, state=row.state, attempt=row.attempts)
            return row.state

    def _state_after(
        self,
        session: Session,
        row: WebhookDelivery,
        taken: LeasedDelivery,
        result: AttemptResult,
        next_at: datetime | None,
    ) -> str:
        if result.delivered:
            self.endpoints.note_success(session, row.target)
            return "delivered"
        code = result.error_code or ""
        given_up = self.endpoints.note_failure(session, row.target, taken.url, code, gone=result.gone)
        if result.gone or (given_up and next_at is not None):
            return HELD
        return "dead" if next_at is None else "pending"

    def replay(self, delivery_ids: Collection[str]) -> int:
        """Make deliveries due now, with a fresh schedule, whatever their state. Returns how many.

        Their disabled endpoints are enabled, and everything else held for those is due too. Deliveries being attempted right
        now stay unchanged.
        """
        ids = sorted(set(delivery_ids))
        targets: set[str] = set()
        count = 0
        for start in range(0, len(ids), AT_ONCE):
            query = select(WebhookDelivery).where(
                WebhookDelivery.id.in_(ids[start : start + AT_ONCE]), WebhookDelivery.state != "leased"
            )
            with self._context.database.write() as session:
                for row in session.scalars(query.order_by(WebhookDelivery.id).with_for_update()).all():
                    row.state, row.next_at, row.attempts = "pending", self._context.now(), 0
                    targets.add(row.target)
                    count += 1
        self.endpoints.enable(targets)
        return count
