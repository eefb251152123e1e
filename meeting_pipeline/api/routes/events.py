"""``GET /v1/recordings/{recording_id}/events`` and ``GET /v1/events``: live events.

Must not go here: how events get from the database to a client (``api/streaming/hub.py``,
``api/streaming/stream_cursors.py``, ``api/streaming/sse_response.py``).
"""

from typing import Annotated, Any, Final

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Header, Query, Request

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.events import Event
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.api.security.tokens import readable_with_token
from meeting_pipeline.api.streaming.hub import Feed
from meeting_pipeline.api.streaming.sse_response import MEDIA_TYPE, EventStream
from meeting_pipeline.api.streaming.stream_cursors import AllRecordingsCursor, RecordingCursor

router = APIRouter(prefix="/v1", tags=["events"])
_FRAMES: Final[dict[str, Any]] = {
    "description": "Frames with `event` (the event's `type`), `id` (for `Last-Event-ID`) and `data` (an `Event` as JSON).",
    "contentSchema": {"$ref": f"#/components/schemas/{Event.__name__}"},
}
"""OpenAPI 3.1 cannot describe the frames of a stream: some tools apply a schema to the whole text, others to each frame.

So this has no type. The field of 3.2, ``itemSchema``, is an error for tools of 3.1.
"""
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events. Each `data` is an event as JSON.",
        "content": {MEDIA_TYPE: {"schema": _FRAMES}},
    }
}
_NOTHING: Final[dict[int | str, dict[str, Any]]] = {
    204: {"description": "Everything was sent and nothing more will come: do not reconnect."}
}
Header_ = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="Resume after this event. Browsers send it when they reconnect."),
]
Parameter = Annotated[
    str | None,
    Query(
        alias="last_event_id",
        description="Same as the header `Last-Event-ID`, for a first connection; the header takes precedence.",
    ),
]


def _feed(request: Request) -> Feed:
    found: Feed = request.app.state.feed
    return found


def _reads(request: Request) -> CapacityLimiter:
    found: CapacityLimiter = request.app.state.event_reads
    return found


Listening = Annotated[Feed, Depends(_feed)]
Reads = Annotated[CapacityLimiter, Depends(_reads)]


@router.get(
    "/recordings/{recording_id}/events",
    operation_id="followRecording",
    status_code=200,
    response_class=EventStream,
    responses={**_STREAM, **_NOTHING, **responses(400, 401, 403, 404, 503)},
)
async def follow_recording(
    installation: Opened,
    feed: Listening,
    reads: Reads,
    _caller: Annotated[Caller, Depends(readable_with_token)],
    key: Key,
    last_event_id: Header_ = None,
    first_event_id: Parameter = None,
) -> EventStream:
    """Stream all events of one recording, from the first one, until it is finished.

    The last event is `end`, which has no id: close the connection then. A client that reconnects with `Last-Event-ID`
    gets every event exactly once. If no more events will come, the response is 204. A recording that is reprocessed can
    be followed again.
    """
    given = last_event_id or first_event_id or None
    return EventStream(feed, RecordingCursor(installation.store.feed, reads, key, given))


@router.get(
    "/events",
    operation_id="followAll",
    status_code=200,
    response_class=EventStream,
    responses={**_STREAM, **responses(400, 401, 403, 503)},
)
async def follow_all(
    installation: Opened,
    feed: Listening,
    reads: Reads,
    _caller: Annotated[Caller, Depends(require("read"))],
    last_event_id: Header_ = None,
    first_event_id: Parameter = None,
) -> EventStream:
    """Stream the events of all recordings: new ones, or all after `Last-Event-ID`; `0` starts with the first event.

    The stream begins with `ready`, whose id is the current position. Ids are opaque. There is no `end` event: reconnect with
    `Last-Event-ID` when the connection closes.
    """
    given = last_event_id or first_event_id or None
    return EventStream(feed, AllRecordingsCursor(installation.store.feed, reads, given))
