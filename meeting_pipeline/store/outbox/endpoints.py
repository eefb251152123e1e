"""Endpoints of webhooks: which are failing, and which are disabled, with the reason.

An endpoint is one URL. It is disabled (``disabled``) when it responds with 410, or when every attempt has failed for
``WEBHOOK_DISABLE_SECONDS``; deliveries to it are then ``held`` until a person enables it. Belongs here: those states.
Must not go here: the states of a delivery that is attempted (``outbox.py``), how a URL is shown (``webhook_urls.py``).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import insert_or_lock
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_urls import shown_url
from meeting_pipeline.store.tables import WebhookDelivery, WebhookEndpoint

FAILING = "failing"
DISABLED = "disabled"
HELD = "held"
HELD_CODE = "endpoint_disabled"
"""Last error of a delivery that was held without an attempt."""
_HELD_AT_ONCE = 500
"""Rows held by one transaction: it must not block others for seconds."""


@retrying
class Endpoints:
    """Repository of webhook endpoints. The methods with a ``session`` work inside a caller's transaction.

    Locks are taken after those of deliveries (see ``store/engine/row_helpers.py``).
    """

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def list(self, *, state: str | None = None) -> Sequence[WebhookEndpoint]:
        """Endpoints whose last attempt failed, or that are disabled; longest failing first."""
        query = select(WebhookEndpoint).order_by(WebhookEndpoint.failing_since, WebhookEndpoint.target)
        if state is not None:
            query = query.where(WebhookEndpoint.state == state)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def find(self, target: str) -> WebhookEndpoint | None:
        """The endpoint; ``None`` if it works."""
        with self._context.database.read() as session:
            return session.get(WebhookEndpoint, target)

    def enable(self, targets: Collection[str]) -> int:
        """Enable these endpoints again; deliveries held for them are due, with a fresh schedule.

        Returns how many deliveries were released.
        """
        released = 0
        for target in sorted(targets):
            with self._context.database.write() as session:
                session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.target == target))
            # In a second transaction: after the first one, nothing more is held for this endpoint.
            query = select(WebhookDelivery).where(WebhookDelivery.target == target, WebhookDelivery.state == HELD)
            with self._context.database.write() as session:
                for row in session.scalars(query.order_by(WebhookDelivery.id).with_for_update()).all():
                    row.state, row.next_at, row.attempts = "pending", self._context.now(), 0
                    released += 1
        return released

    def hold(self, session: Session, now: datetime) -> int:
        """Hold the deliveries to disabled endpoints. Returns how many."""
        query = (
            select(WebhookDelivery)
            .join(WebhookEndpoint, WebhookEndpoint.target == WebhookDelivery.target)
            .where(
                WebhookEndpoint.state == DISABLED,
                or_(
                    WebhookDelivery.state == "pending",
                    (WebhookDelivery.state == "leased") & (WebhookDelivery.lease_until < now),
                ),
            )
            .order_by(WebhookDelivery.id)
            .limit(_HELD_AT_ONCE)
            # Lock the endpoint too: one that is just being enabled must not hold anything.
            .with_for_update(of=[WebhookDelivery, WebhookEndpoint], skip_locked=True)
        )
        rows = session.scalars(query).all()
        for row in rows:
            row.state, row.last_error = HELD, HELD_CODE
            row.lease_token = row.lease_until = None
        session.flush()
        return len(rows)

    def note_success(self, session: Session, target: str) -> None:
        """An attempt succeeded. A disabled endpoint stays disabled: it sent 410, or a person was notified."""
        failing = (WebhookEndpoint.target == target) & (WebhookEndpoint.state == FAILING)
        session.execute(delete(WebhookEndpoint).where(failing))

    def note_failure(self, session: Session, target: str, url: str, code: str, *, gone: bool) -> bool:
        """An attempt failed. Returns whether the endpoint is disabled, now or before."""
        now = self._context.now()
        row = self._locked(session, target, url, code, now)
        if row.state == DISABLED:
            return True
        if row.failed_at < self._context.before(policies.WEBHOOK_FAILING_GAP_SECONDS):
            row.failing_since = now  # no attempts for a long time: a different problem
        row.code, row.failed_at = code, now
        if gone:
            row.state, row.reason = (
                DISABLED,
                ("The receiver responded with 410 (Gone): it wants no more webhooks at this URL."),
            )
        elif row.failing_since <= self._context.before(policies.WEBHOOK_DISABLE_SECONDS):
            row.state = DISABLED
            row.reason = f"Every attempt has failed since {row.failing_since:%Y-%m-%d %H:%M} UTC."
        return row.state == DISABLED

    def _locked(self, session: Session, target: str, url: str, code: str, now: datetime) -> WebhookEndpoint:
        row = {
            "target": target,
            "url": shown_url(url),
            "state": FAILING,
            "code": code,
            "reason": "Its last attempt failed.",
            "failing_since": now,
            "failed_at": now,
        }
        return insert_or_lock(session, WebhookEndpoint, target, row)


def is_in(state: str) -> ColumnElement[bool]:
    """Whether the endpoint of a ``WebhookDelivery`` is in this state."""
    return exists(
        select(WebhookEndpoint.target).where(
            WebhookEndpoint.target == WebhookDelivery.target, WebhookEndpoint.state == state
        )
    )
