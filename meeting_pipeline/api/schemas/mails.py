"""Mails with minutes over HTTP. The fields are a contract: add some, never rename or remove one.

Must not go here: the text of an e-mail (``mail/message.py``).
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from meeting_pipeline.store.tables import MailDelivery


class MailState(StrEnum):
    """The state of a mail."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    DEAD = "dead"
    SUPERSEDED = "superseded"


class Mail(BaseModel):
    """One recording's minutes on their way to one address."""

    id: str
    recording_id: str
    revision: int = Field(
        description="Revision of the meeting record that it contains; while it waits, the latest one."
    )
    address: str
    state: MailState = Field(
        description="`pending`: waiting for its next attempt. `leased`: being sent. `sent`. `dead`: its attempts are "
        "used up, or another one would not help. `superseded`: a later revision was sent instead."
    )
    attempts: int = Field(description="Attempts since it was created or made due again.")
    perhaps_sent_twice: bool = Field(description="An attempt ended without the server's answer.")
    last_error: str | None = Field(description="A stable code for why the last attempt failed.")
    last_detail: str = Field(description="A message for people; may contain the mail server's reply.")
    next_at: datetime | None = Field(description="When the next attempt is due; null unless it is pending.")
    created_at: datetime
    sent_at: datetime | None


class MailPage(BaseModel):
    """A page of mails."""

    mails: list[Mail]
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


def mail_response(row: MailDelivery) -> Mail:
    """The representation of a mail."""
    return Mail(
        id=row.id,
        recording_id=row.recording_key,
        revision=row.revision,
        address=row.address,
        state=MailState(row.state),
        attempts=row.attempts,
        perhaps_sent_twice=row.unsure,
        last_error=row.last_error,
        last_detail=row.last_detail,
        next_at=row.next_at if row.state == MailState.PENDING else None,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
