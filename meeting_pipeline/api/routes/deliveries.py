"""Webhook deliveries over HTTP: listing, showing and replaying them.

Must not go here: the schema of a delivery (``api/schemas/deliveries.py``), sending (``webhooks/``).
"""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.cursors import LONGEST, read_delivery_cursor, write_delivery_cursor
from meeting_pipeline.api.schemas.deliveries import (
    Delivery,
    DeliveryDetail,
    DeliveryPage,
    DeliveryState,
    delivery_detail,
    delivery_response,
)
from meeting_pipeline.api.schemas.problems import ApiError, responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.store.outbox.queries import (
    DeliveryFilter,
    find_deliveries,
    find_delivery,
    position_of,
    unknown_delivery,
)

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])
_ID: Final = re.compile(r"[0-9a-f]{32}")


def delivery_id(text: Annotated[str, Path(alias="id", description="The delivery's id.")]) -> str:
    """The id in the path; it may not exist. Raises: PermanentError ``unknown_delivery`` if it is malformed."""
    if not _ID.fullmatch(text):
        raise unknown_delivery(text[: policies.SHOWN_CHARACTERS])
    return text


DeliveryId = Annotated[str, Depends(delivery_id)]
Reader = Annotated[Caller, Depends(require("read"))]
Administrator = Annotated[Caller, Depends(require("admin"))]


@router.get("", operation_id="listDeliveries", responses=responses(400, 401, 403))
def list_deliveries(
    installation: Opened,
    _caller: Reader,
    recording_id: Annotated[str | None, Query(max_length=200, description="Only those of this recording.")] = None,
    state: Annotated[list[DeliveryState] | None, Query(description="Only these; can be repeated.")] = None,
    endpoint: Annotated[
        str | None, Query(max_length=2000, description="Only those to this URL, host or host:port.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Maximum number of entries.")] = 50,
    cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next_cursor` of the previous page.")] = None,
) -> DeliveryPage:
    """List webhook deliveries, newest first."""
    after = read_delivery_cursor(cursor) if cursor is not None else None
    if recording_id is not None and not is_key(recording_id):
        return DeliveryPage(deliveries=[], next_cursor=None)
    criteria = DeliveryFilter(tuple(state or ()), recording_id, endpoint)
    found = find_deliveries(installation.store.database, criteria, limit=limit + 1, after=after)
    more = len(found) > limit
    shown = found[:limit]
    return DeliveryPage(
        deliveries=[delivery_response(one) for one in shown],
        next_cursor=write_delivery_cursor(position_of(shown[-1])) if more else None,
    )


@router.post("/{id}:replay", operation_id="replayDelivery", status_code=202, responses=responses(401, 403, 404, 409))
def replay_delivery(installation: Opened, _caller: Administrator, delivery_id: DeliveryId) -> Delivery:
    """Send a delivery again with the same event id and body, even if it was delivered.

    Its attempts start over, and its endpoint is enabled again if it was disabled.
    """
    found = find_delivery(installation.store.database, delivery_id)
    if not installation.store.outbox.replay([found.row.id]):
        raise ApiError(409, "delivery_in_progress", "It is being delivered right now.", "Check again in a minute.")
    return delivery_response(find_delivery(installation.store.database, delivery_id))


@router.get("/{id}", operation_id="getDelivery", responses=responses(401, 403, 404))
def get_delivery(installation: Opened, _caller: Reader, delivery_id: DeliveryId) -> DeliveryDetail:
    """Get one delivery with all its attempts, the time of the next one, and the state of its endpoint."""
    found = find_delivery(installation.store.database, delivery_id)
    return delivery_detail(found, installation.store.deliveries.attempts(found.row.id))
