"""The tables of the outbox: events, their deliveries, endpoints, and e-mails.

Must not go here: the URL that a submitter gave (``recordings.py``).
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class WebhookEvent(Base):
    """One outcome delivered to submitters: one id and one body, identical on every attempt."""

    __tablename__ = "webhook_events"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"))
    revision: Mapped[int]
    type: Mapped[str] = mapped_column(WORD)
    result_hash: Mapped[str] = mapped_column(String(64))
    """Hash of the event's content: an identical outcome is not delivered twice."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes]
    """The last column: see ``Artifact.payload``."""

    __table_args__ = (UniqueConstraint("recording_key", "revision", name="uq_events_revision"),)


class WebhookDelivery(Base):
    """One event on its way to one submission's target."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), ForeignKey("webhook_events.id"))
    submission_id: Mapped[str] = mapped_column(String(40), ForeignKey("submissions.id"))
    recording_key: Mapped[str] = mapped_column(KEY)
    target: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    """Hash of the URL (``targets.target_of``): identifies the endpoint."""
    host: Mapped[str] = mapped_column(TEXT, server_default=text("''"))
    """Host of the URL: sending slots are shared out by host."""
    state: Mapped[str] = mapped_column(WORD)
    """``pending`` -> ``leased`` -> ``delivered`` | ``pending`` | ``dead`` | ``held``; ``held`` -> ``pending``."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Attempts since it was created or replayed; ``webhook_attempts`` has all of them."""
    next_at: Mapped[datetime]
    lease_token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(TEXT)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("event_id", "submission_id", name="uq_deliveries_event_target"),
        Index("ix_deliveries_state_next", "state", "next_at"),
        # Each due delivery looks up the deliveries before it. The index has all three columns, or a database without
        # statistics combines it with the index above, which takes seconds for thousands of rows.
        Index("ix_deliveries_recording", "recording_key", "target", "state"),
        Index("ix_deliveries_reached", "target", "delivered_at"),
        # The hosts are looked up one after the other, each with its first delivery.
        Index("ix_deliveries_host_created", "host", "created_at"),
    )


class WebhookAttempt(Base):
    """One attempt of a delivery, for people who want to know what happened."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[str] = mapped_column(String(40), ForeignKey("webhook_deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    error_code: Mapped[str | None] = mapped_column(WORD)
    detail: Mapped[str] = mapped_column(TEXT)
    peer: Mapped[str | None] = mapped_column(WORD)


class WebhookEndpoint(Base):
    """An endpoint that failed lately or is disabled. No row: its last attempt succeeded, or there was none."""

    __tablename__ = "webhook_endpoints"

    target: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hash of the URL, as in ``webhook_deliveries``."""
    url: Mapped[str] = mapped_column(TEXT)
    """For display: without anything that may be a credential (``targets.shown_url``)."""
    state: Mapped[str] = mapped_column(WORD)
    """``failing`` -> (a success: no row) | ``disabled`` -> (enabled by a person: no row)."""
    code: Mapped[str] = mapped_column(WORD)
    reason: Mapped[str] = mapped_column(TEXT)
    """Why it is in this state. Never the receiver's response: that is in ``webhook_attempts``."""
    failing_since: Mapped[datetime]
    failed_at: Mapped[datetime]
    """The latest failure."""


class WebhookSigningSecret(Base):
    """A signing secret of one endpoint. No row: the installation's secret signs."""

    __tablename__ = "webhook_signing_secrets"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    target: Mapped[str] = mapped_column(String(64), index=True)
    """Hash of the URL, as in ``webhook_deliveries``."""
    url: Mapped[str] = mapped_column(TEXT)
    """For display, as in ``webhook_endpoints``."""
    secret: Mapped[str | None] = mapped_column(TEXT)
    """Encrypted; ``None``: the installation's, which signed before the endpoint had one of its own."""
    created_at: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    """Until when it also signs, together with its successor; ``None``: it has none."""


class MailDelivery(Base):
    """The minutes on their way to one address. The mail is made from the record when it is sent."""

    __tablename__ = "mail_deliveries"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"))
    revision: Mapped[int]
    """The revision that it is sent for; a mail that waits is sent for the latest one."""
    address: Mapped[str] = mapped_column(TEXT)
    state: Mapped[str] = mapped_column(WORD)
    """``pending`` -> ``leased`` -> ``sent`` | ``pending`` | ``dead`` | ``superseded``."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    unsure: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether an attempt ended without the server's answer: the mail may have arrived more than once."""
    last_error: Mapped[str | None] = mapped_column(WORD)
    last_detail: Mapped[str] = mapped_column(TEXT, server_default=text("''"))
    """For people: the server's reply to the last attempt."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("recording_key", "revision", "address", name="uq_mail_revision_address"),
        Index("ix_mail_state_next", "state", "next_at"),
        Index("ix_mail_created", "created_at"),
    )
