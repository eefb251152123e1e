"""Endpoints of webhooks: which fail at present, and which were given up, with the reason.

An endpoint is one URL. It is given up (``disabled``) when it answers 410, or when every attempt failed for
``WEBHOOK_DISABLE_SECONDS``; what waits for it is ``held`` then, until a person enables it. Belongs here: those states.
Must not go here: the states of a delivery that is tried (``outbox.py``), how a URL is shown (``webhook_urls.py``).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_urls import shown_url
from meeting_pipeline.store.tables import WebhookDelivery, WebhookEndpoint

FAILING = "failing"
DISABLED = "disabled"
HELD = "held"
HELD_CODE = "endpoint_disabled"
"""Last error of a delivery that was held without being tried."""
_HELD_AT_ONCE = 500
"""Rows that one transaction holds: it must not keep others waiting for seconds."""


@retrying
class Endpoints:
    """Repository of webhook endpoints. The methods with a ``session`` work inside a caller's transaction.

    Locks are taken after those of deliveries (see ``store/engine/row_helpers.py``).
    """

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def list(self, *, state: str | None = None) -> Sequence[WebhookEndpoint]:
        """Endpoints that failed at their last try, or are disabled; the longest failing first."""
        query = select(WebhookEndpoint).order_by(WebhookEndpoint.failing_since, WebhookEndpoint.target)
        if state is not None:
            query = query.where(WebhookEndpoint.state == state)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def find(self, target: str) -> WebhookEndpoint | None:
        """The endpoint; ``None`` if nothing is wrong with it."""
        with self._context.database.read() as session:
            return session.get(WebhookEndpoint, target)

    def enable(self, targets: Collection[str]) -> int:
        """Forget that these fail or were given up; what is held for them is due again, with its schedule from the start.

        Returns how many deliveries that are.
        """
        released = 0
        for target in sorted(targets):
            with self._context.database.write() as session:
                session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.target == target))
            # In a second transaction: after the first, nothing is held for it any more.
            query = select(WebhookDelivery).where(WebhookDelivery.target == target, WebhookDelivery.state == HELD)
            with self._context.database.write() as session:
                for row in session.scalars(query.order_by(WebhookDelivery.id).with_for_update()).all():
                    row.state, row.next_at, row.attempts = "pending", self._context.now(), 0
                    released += 1
        return released

    def hold(self, session: Session, now: datetime) -> int:
        """Hold what waits for endpoints that are given up. Returns how many."""
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
            # The endpoint too: one that is being enabled at this moment holds nothing back.
            .with_for_update(of=[WebhookDelivery, WebhookEndpoint], skip_locked=True)
        )
        rows = session.scalars(query).all()
        for row in rows:
            row.state, row.last_error = HELD, HELD_CODE
            row.lease_token = row.lease_until = None
        session.flush()
        return len(rows)

    def note_success(self, session: Session, target: str) -> None:
        """A try succeeded. One that was given up stays so: it said so itself, or a person was told."""
        failing = (WebhookEndpoint.target == target) & (WebhookEndpoint.state == FAILING)
        session.execute(delete(WebhookEndpoint).where(failing))

    def note_failure(self, session: Session, target: str, url: str, code: str, *, gone: bool) -> bool:
        """A try failed. Returns whether the endpoint is given up, now or before."""
        now = self._context.now()
        row = self._locked(session, target, url, code, now)
        if row.state == DISABLED:
            return True
        if row.failed_at < self._context.before(policies.WEBHOOK_FAILING_GAP_SECONDS):
            row.failing_since = now  # nothing was tried for long: not the same trouble
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
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(
            dialect.insert(WebhookEndpoint)
            .values(
                target=target,
                url=shown_url(url),
                state=FAILING,
                code=code,
                reason="Its last attempt failed.",
                failing_since=now,
                failed_at=now,
            )
            .on_conflict_do_nothing()
        )
        return session.get_one(WebhookEndpoint, target, with_for_update=True, populate_existing=True)


def is_in(state: str) -> ColumnElement[bool]:
    """Whether the endpoint of a ``WebhookDelivery`` is in this state."""
    return exists(
        select(WebhookEndpoint.target).where(
            WebhookEndpoint.target == WebhookDelivery.target, WebhookEndpoint.state == state
        )
    )
