"""Recordings over HTTP: listing, showing, cancelling and reprocessing them.

Must not go here: submitting one (``submissions.py``), the parameters of the list (``api/schemas/recording_query.py``)
and the schema of a recording (``recordings.py`` there), meetings
(``meetings.py``).
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.schemas.cursors import read_cursor, write_cursor
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, ApiError, responses
from meeting_pipeline.api.schemas.recording_query import RecordingQuery
from meeting_pipeline.api.schemas.recordings import (
    Cancellation,
    Recording,
    RecordingPage,
    Reprocessing,
    ReprocessRequest,
    recording_response,
)
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.cancel import cancel
from meeting_pipeline.steps.operations.reprocess import holdable_insights, limit_notice, make_plan, missing, start
from meeting_pipeline.store.recordings.cancelling import CancelOutcome

router = APIRouter(prefix="/v1/recordings", tags=["recordings"], route_class=StrictRoute)
Reader = Annotated[Caller, Depends(require("read"))]
Submitter = Annotated[Caller, Depends(require("submit"))]


@router.get(
    "", operation_id="listRecordings", responses=responses(_400="The cursor was not issued by this service.", **REFUSED)
)
def list_recordings(installation: Opened, _caller: Reader, query: Annotated[RecordingQuery, Query()]) -> RecordingPage:
    """List recordings, newest first. Paging by cursor neither repeats nor skips a recording while new ones arrive."""
    after = read_cursor(query.cursor) if query.cursor is not None else None
    page = installation.store.overviews.page(query.criteria(), query.limit, after)
    return RecordingPage(
        recordings=[recording_response(installation.settings, overview) for overview in page.items],
        next_cursor=write_cursor(page.after) if page.after is not None else None,
    )


@router.post(
    "/{recording_id}:cancel",
    operation_id="cancelRecording",
    responses=responses(_409="It is finished, and nothing is processing it.", **REFUSED, **UNKNOWN),
)
def cancel_recording(installation: Opened, _caller: Submitter, key: Key) -> Cancellation:
    """End a recording at any stage, as failed with the code `cancelled`. Nothing more is bought for it.

    If it has an outcome already, only its reprocessing is stopped, and the outcome stays.
    """
    done = cancel(installation, key)
    if not done.did_something:
        raise ApiError(
            409, "finished_already", f"The recording is {done.status.value}, and nothing is processing it.",
            "Nothing to do.",
        )  # fmt: skip
    recording = recording_response(installation.settings, installation.store.overviews.get(key))
    outcome = CancelOutcome.STOPPED if done.outcome is CancelOutcome.NOTHING else done.outcome
    return Cancellation(outcome=outcome, runs_stopped=done.stopped, recording=recording)


@router.post(
    "/{recording_id}:reprocess",
    operation_id="reprocessRecording",
    status_code=202,
    responses=responses(
        _409="It cannot be reprocessed as requested; `code` says why.",
        _503="The running system cannot accept it now.",
        **REFUSED,
        **UNKNOWN,
    ),
)
def reprocess_recording(
    installation: Opened, _caller: Submitter, key: Key, body: ReprocessRequest | None = None
) -> Reprocessing:
    """Make results again. What was paid for is not bought again with the same options. Earlier versions are kept.

    For a failed recording, `all` and `missing` start the processing over.
    """
    request = body or ReprocessRequest()
    assets = _assets(installation, key, request)
    if not assets:
        raise ApiError(
            409,
            "nothing_to_do",
            "Nothing is missing, or no asset was named.",
            "Name the assets to reprocess, or send `all`.",
        )
    plan = make_plan(installation, [key], assets, hold=request.hold)
    for left in plan.left:
        raise ApiError(409, left.code, f"This recording cannot be reprocessed: {left.reason}.", _ADVICE[left.code])
    started = start(installation, plan, assets, hold=request.hold)
    if not (started.backfill or started.shared or started.retried):
        raise ApiError(409, "not_finished", "It is being processed again.", _ADVICE["not_finished"])
    return Reprocessing(
        started="backfill" if started.backfill else "hold" if started.held else "restart",
        assets=[ResultKind(name) for name in assets],
        backfill_id=started.backfill,
        backfill_url=started.url,
        notice=limit_notice(installation, started),
    )


_ADVICE: Final = {
    "file_refused": "Submit a corrected file.",
    "not_finished": "Wait until it is finished, or cancel it first.",
    "failed_recording": "Send `all` or `missing`: processing starts over.",
}


def _assets(installation: Installation, key: str, asked: ReprocessRequest) -> tuple[str, ...]:
    if asked.assets == "missing":
        named = missing(installation, key)
    else:
        named = tuple(name for name in ResultKind.names() if asked.assets == "all" or name in asked.assets)
    return holdable_insights(None if asked.assets == "all" else named) if asked.hold else named


@router.get("/{recording_id}", operation_id="getRecording", responses=responses(**REFUSED, **UNKNOWN))
def get_recording(installation: Opened, _caller: Reader, key: Key) -> Recording:
    """Get one recording: its status, what it waits for and until when, and what is missing."""
    return recording_response(installation.settings, installation.store.overviews.get(key))
