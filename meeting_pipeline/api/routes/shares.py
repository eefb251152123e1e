"""Links to a shared meeting: creating, listing and revoking them.

Must not go here: what people with a link see (``shared.py``).
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, responses
from meeting_pipeline.api.schemas.shares import NewShare, Share, ShareList, ShareRequest, share, share_list
from meeting_pipeline.api.security.editors import Editor
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.api.share_links import Shared

router = APIRouter(prefix="/v1/meetings", tags=["meetings"], route_class=StrictRoute)


@router.post(
    "/{recording_id}/shares",
    operation_id="createShare",
    status_code=201,
    responses=responses(
        _404="No such recording, or it has no transcript, or no sound to share; `code` says which.",
        _422="The body is invalid.",
        **REFUSED,
    ),
)
def create_share(
    request: Request, installation: Opened, by: Editor, key: Key, wanted: ShareRequest | None = None
) -> NewShare:
    """Create a link with which somebody without a key can read this meeting, and nothing else.

    The link shows the minutes, and on request transcript and sound, with all later edits. It works until it expires, it is
    revoked, or the recording is deleted. It is not tied to a person: whoever has it can read the meeting.
    """
    asked, settings, store = wanted or ShareRequest(), installation.settings, installation.store
    record = store.records.get(key)
    if record.transcript is None:
        raise PermanentError(
            "no_transcript",
            "This recording has no transcript, so there is nothing to share.",
            "Wait until it is finished.",
        )
    if asked.sound and not store.recordings.get(key).media_file:
        raise PermanentError(
            "no_media",
            "This recording has no audio: it was submitted as a transcript export.",
            "Share it without sound.",
        )
    days = asked.days if asked.days is not None else settings.share_days
    made = store.share_links.create(key, Shared(asked.transcript, asked.sound), days, by=by)
    base = (settings.api_public_url or str(request.base_url)).rstrip("/")
    shown = share(made.row, store.context.now()).model_dump()
    return NewShare(**shown, url=f"{base}/shared/{made.token}")


@router.get("/{recording_id}/shares", operation_id="listShares", responses=responses(**REFUSED, **UNKNOWN))
def list_shares(installation: Opened, _caller: Reader, key: Key) -> ShareList:
    """List the links to this meeting, newest first, including expired and revoked ones. Their addresses are not stored."""
    store = installation.store
    return share_list(store.share_links.list(store.recordings.get(key).key), store.context.now())


@router.delete(
    "/{recording_id}/shares/{share_id}",
    operation_id="revokeShare",
    responses=responses(_404="No such recording, or no such link (`unknown_share`).", **REFUSED),
)
def revoke_share(
    installation: Opened,
    _by: Editor,
    key: Key,
    share_id: Annotated[str, Path(max_length=40, description="The link's id, as in `GET …/shares`.")],
) -> Share:
    """Revoke a link. Nobody can read the meeting with it any more. Revoking it again changes nothing."""
    store = installation.store
    return share(store.share_links.revoke(share_id, store.recordings.get(key).key), store.context.now())
