"""Claims that a worker has not released, and how soon others may take them once the worker is gone.

The lease token of a delivery or a mail starts with the id of its run, and an order's claim is the id of its run, so all are found
by run.
Releasing only shortens a lease. Its holder keeps it until somebody else takes it, and then notices by its token.
Must not go here: who is gone (``lease_watch.py``, ``steps/operations/recover.py``), taking and releasing by the holder
(``store/outbox/outbox.py``, ``store/ledger/orders.py``).
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.tables import MailDelivery, RunLease, TranscriptionOrder, WebhookDelivery

_TAKER = 31
"""Characters of a token that identify the run. With the rest they fill the column; a random UUID has one more."""


def token_of(run_id: str) -> str:
    """A new lease token for deliveries taken by this run; an empty id stands for no run."""
    return f"{_taker(run_id)}/{secrets.token_hex(4)}"


def release_claims(session: Session, run_id: str, at: datetime) -> None:
    """The worker is certainly gone: its claims may be taken from ``at`` on. The caller is about to commit.

    An order that was about to be placed keeps its claim: the provider may have received it without listing it yet.
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
    """The worker may be alive but unable to renew its lease: nothing it is sending can last longer than this."""
    _shorten_deliveries(
        session, lease.run_id, lease.heartbeat_at + timedelta(seconds=policies.WEBHOOK_SILENT_SENDER_SECONDS)
    )


def _shorten_deliveries(session: Session, run_id: str, at: datetime) -> None:
    mine = f"{_taker(run_id)}/"
    deliveries = select(WebhookDelivery).where(
        WebhookDelivery.state == "leased",
        WebhookDelivery.lease_until > at,
        WebhookDelivery.lease_token.startswith(mine, autoescape=True),
    )
    # A locked row is being settled right now.
    for row in session.scalars(deliveries.order_by(WebhookDelivery.id).with_for_update(skip_locked=True)):
        row.lease_until = at
    mails = select(MailDelivery).where(
        MailDelivery.state == "leased",
        MailDelivery.lease_until > at,
        MailDelivery.lease_token.startswith(mine, autoescape=True),
    )
    for mail in session.scalars(mails.order_by(MailDelivery.id).with_for_update(skip_locked=True)):
        mail.lease_until = at


def _taker(run_id: str) -> str:
    return run_id.replace("-", "")[:_TAKER]
