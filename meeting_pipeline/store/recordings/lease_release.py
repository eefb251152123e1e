"""What a worker has taken and not given back, and how soon others may have it once the worker is gone.

A delivery's lease token begins with its taker, an order's claim is its taker's id: so both are found by the run. Letting
go only shortens a lease. Its holder keeps it until somebody else takes it, and finds out then by its token.
Must not go here: who is gone (``leases.py``, ``steps/operations/recover.py``), taking and giving back
(``store/outbox/outbox.py``, ``store/ledger/orders.py``).
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.tables import RunLease, TranscriptionOrder, WebhookDelivery

_TAKER = 31
"""Characters of a token that name the taker. With the rest they fill the column; a random UUID has one more."""


def token_of(run_id: str) -> str:
    """A new lease token for deliveries that this run takes; an empty id names nobody."""
    return f"{_taker(run_id)}/{secrets.token_hex(4)}"


def release_claims(session: Session, run_id: str, at: datetime) -> None:
    """The worker is gone for certain: what it had may be taken from ``at`` on. The caller is about to commit.

    An order that was about to be placed keeps its claim: what the provider has got of it may not be in its list yet.
    """
    _shorten_deliveries(session, run_id, at)
    query = select(TranscriptionOrder).where(
        TranscriptionOrder.claimed_by == run_id,
        TranscriptionOrder.claimed_until > at,
        TranscriptionOrder.state.in_(("new", "uploaded")),
    )
    for order in session.scalars(query.order_by(TranscriptionOrder.id).with_for_update(skip_locked=True)):
        order.claimed_until = at


def shorten_claims(session: Session, lease: RunLease) -> None:
    """The worker may be alive and only unable to say so: nothing that it sends can last longer than this."""
    _shorten_deliveries(
        session, lease.run_id, lease.heartbeat_at + timedelta(seconds=policies.WEBHOOK_SILENT_SENDER_SECONDS)
    )


def _shorten_deliveries(session: Session, run_id: str, at: datetime) -> None:
    query = select(WebhookDelivery).where(
        WebhookDelivery.state == "leased",
        WebhookDelivery.lease_until > at,
        WebhookDelivery.lease_token.startswith(f"{_taker(run_id)}/", autoescape=True),
    )
    # What is locked is being settled at this moment.
    for row in session.scalars(query.order_by(WebhookDelivery.id).with_for_update(skip_locked=True)):
        row.lease_until = at


def _taker(run_id: str) -> str:
    return run_id.replace("-", "")[:_TAKER]
