"""Webhook deliveries over HTTP. The fields are a contract: add some, never rename or remove one.

Must not go here: the webhook's own payload (``webhooks/payload.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from meeting_pipeline.store.outbox.queries import Found
from meeting_pipeline.store.tables import WebhookAttempt


class DeliveryState(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    LEASED = "leased"
    DELIVERED = "delivered"
    DEAD = "dead"
    HELD = "held"


class Endpoint(BaseModel):
    """The URL of a delivery, and its state."""

    url: str = Field(description="Without user name, password and query, which may hold credentials.")
    state: Literal["working", "failing", "disabled"] = Field(
        description="`failing`: the last attempt failed. `disabled`: no more attempts are made until a replay enables it."
    )
    reason: str = Field(description="A message for people; empty if it works.")


class DeliveryAttempt(BaseModel):
    """One attempt of a delivery."""

    number: int = Field(description="Starts at 1; replays continue the count.")
    at: datetime
    duration_ms: int
    status: int | None = Field(description="HTTP status of the receiver's response; null if there was none.")
    error: str | None = Field(description="A stable code for the failure; null if it was delivered.")
    detail: str = Field(description="A message for people; may contain the beginning of the receiver's response.")


class Delivery(BaseModel):
    """One event to be delivered to one URL."""

    id: str
    recording_id: str
    event_id: str = Field(description="Sent as `webhook-id`; the same for every attempt.")
    revision: int = Field(description="Revision of the meeting record that it announces.")
    endpoint: Endpoint
    state: DeliveryState = Field(
        description="`pending`: waiting for its next attempt. `leased`: being delivered. `delivered`. `dead`: its "
        "attempts are used up, or another one would not help. `held`: its endpoint is disabled."
    )
    attempts: int = Field(description="Attempts since it was created or replayed.")
    last_status: int | None = Field(description="HTTP status of the last attempt.")
    last_error: str | None = Field(description="A stable code for why the last attempt failed.")
    next_at: datetime | None = Field(description="When the next attempt is due; null unless it is pending.")
    created_at: datetime
    delivered_at: datetime | None


class DeliveryDetail(Delivery):
    """A delivery with all its attempts."""

    tries: list[DeliveryAttempt] = Field(description="In order, including those before a replay.")


class DeliveryPage(BaseModel):
    """A page of deliveries."""

    deliveries: list[Delivery]
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


def delivery_response(found: Found) -> Delivery:
    """The representation of a delivery."""
    row = found.row
    return Delivery(
        id=row.id,
        recording_id=row.recording_key,
        event_id=row.event_id,
        revision=found.revision,
        endpoint=_endpoint(found),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        last_status=row.last_status,
        last_error=row.last_error,
        next_at=row.next_at if row.state == DeliveryState.PENDING else None,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )


def delivery_detail(found: Found, attempts: Sequence[WebhookAttempt]) -> DeliveryDetail:
    """The representation of a delivery with its attempts."""
    tries = [
        DeliveryAttempt(
            number=one.number,
            at=one.at,
            duration_ms=one.duration_ms,
            status=one.status,
            error=one.error_code,
            detail=one.detail,
        )
        for one in attempts
    ]
    return DeliveryDetail(**delivery_response(found).model_dump(), tries=tries)


def _endpoint(found: Found) -> Endpoint:
    if found.endpoint is None:
        return Endpoint(url=found.url, state="working", reason="")
    state: Literal["failing", "disabled"] = "disabled" if found.endpoint.state == "disabled" else "failing"
    return Endpoint(url=found.url, state=state, reason=found.endpoint.reason)
