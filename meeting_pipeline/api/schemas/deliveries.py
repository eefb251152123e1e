"""How webhook deliveries look over HTTP. Add fields, never rename or remove one: they are a contract.

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
    """Where a delivery stands."""

    PENDING = "pending"
    LEASED = "leased"
    DELIVERED = "delivered"
    DEAD = "dead"
    HELD = "held"


class Endpoint(BaseModel):
    """The URL that a delivery goes to, and what is wrong with it."""

    url: str = Field(description="Without what may be a credential: user name, password, query.")
    state: Literal["working", "failing", "disabled"] = Field(
        description="`failing`: its last try failed. `disabled`: it was given up; a replay enables it."
    )
    reason: str = Field(description="For people; empty if it works.")


class DeliveryAttempt(BaseModel):
    """One try of a delivery."""

    number: int = Field(description="From 1; replays go on counting.")
    at: datetime
    duration_ms: int
    status: int | None = Field(description="HTTP status that the receiver answered; null if it did not.")
    error: str | None = Field(description="Why it failed; a stable code. Null if it arrived.")
    detail: str = Field(description="For people; may hold the beginning of the receiver's answer.")


class Delivery(BaseModel):
    """One event on its way to one URL."""

    id: str
    recording_id: str
    event_id: str = Field(description="The same for every try: `webhook-id` of the request.")
    revision: int = Field(description="Revision of the meeting record that it tells.")
    endpoint: Endpoint
    state: DeliveryState = Field(
        description="`pending`: it waits for its next try. `leased`: it is being tried. `delivered`. `dead`: its tries "
        "are used up, or cannot help. `held`: its endpoint was given up."
    )
    attempts: int = Field(description="Tries since it was made or replayed.")
    last_status: int | None = Field(description="HTTP status of the last try.")
    last_error: str | None = Field(description="Why the last try failed; a stable code.")
    next_at: datetime | None = Field(description="When it is tried next; null unless it is pending.")
    created_at: datetime
    delivered_at: datetime | None


class DeliveryDetail(Delivery):
    """A delivery with every try."""

    tries: list[DeliveryAttempt] = Field(description="In order, those before a replay too.")


class DeliveryPage(BaseModel):
    """Some deliveries."""

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
    """The representation of a delivery with its tries."""
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
