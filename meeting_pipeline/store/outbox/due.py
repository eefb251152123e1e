"""Which webhook deliveries may be taken now: the conditions shared by counting and taking.

Must not go here: taking them, and their outcomes (``outbox.py``), the states of endpoints (``endpoints.py``).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from meeting_pipeline.store.outbox.endpoints import DISABLED, FAILING, is_in
from meeting_pipeline.store.tables import WebhookDelivery, WebhookEvent


def is_due(now: datetime) -> ColumnElement[bool]:
    """Whether its time has come, or the sender that had taken it is gone."""
    return or_(
        (WebhookDelivery.state == "pending") & (WebhookDelivery.next_at <= now),
        (WebhookDelivery.state == "leased") & (WebhookDelivery.lease_until < now),
    )


def chosen(
    now: datetime,
    limit: int,
    failing: bool | None,
    avoid: Collection[str],
    per_host: int | None,
    key: str | None = None,
) -> Select[tuple[str]]:
    """Ids of the deliveries to take; the arguments are those of ``Outbox.take``."""
    order = (WebhookDelivery.next_at, WebhookDelivery.id)
    place = func.row_number().over(partition_by=WebhookDelivery.host, order_by=order).label("place")
    query = (
        select(WebhookDelivery.id, WebhookDelivery.next_at, place)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(is_due(now), ~awaits_earlier(), ~is_in(DISABLED))
    )
    if failing is not None:
        query = query.where(is_in(FAILING) if failing else ~is_in(FAILING))
    if avoid:
        query = query.where(WebhookDelivery.host.not_in(avoid))
    if key is not None:
        query = query.where(WebhookDelivery.recording_key == key)
    found = query.subquery()
    ids = select(found.c.id).order_by(found.c.next_at, found.c.id).limit(limit)
    return ids if per_host is None else ids.where(found.c.place <= per_host)


def awaits_earlier() -> ColumnElement[bool]:
    """Whether an earlier revision of the recording is still on its way to the same URL, from any submission.

    For queries that join ``WebhookEvent``. A dead letter blocks nothing: newer events would wait for a person. If it is
    replayed after a newer one was delivered, that is the person's choice.
    """
    earlier, event = aliased(WebhookDelivery), aliased(WebhookEvent)
    return exists(
        select(earlier.id)
        .join(event, event.id == earlier.event_id)
        .where(
            earlier.recording_key == WebhookDelivery.recording_key,
            earlier.target == WebhookDelivery.target,
            earlier.state.in_(("pending", "leased")),
            event.revision < WebhookEvent.revision,
        )
    )
