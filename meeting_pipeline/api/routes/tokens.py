"""``POST /v1/recordings/{recording_id}/token``. Must not go here: what a token is (``api/security/tokens.py``)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.api.security.tokens import mint

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])


class RecordingToken(BaseModel):
    """A token that reads one recording's events and media."""

    token: str = Field(description="For `?token=` in the URLs of this recording. Opaque.")
    expires_at: datetime = Field(description="When it expires; earlier if the key that made it is revoked.")


@router.post("/{recording_id}/token", operation_id="makeRecordingToken", responses=responses(401, 403, 404))
def make_token(
    installation: Opened,
    caller: Annotated[Caller, Depends(require("read"))],
    key: Key,
) -> RecordingToken:
    """Create a token that lets a browser read this recording's events and media for ten minutes."""
    recording = installation.store.recordings.get(key)
    token, until = mint(installation, recording.key, caller, installation.store.context.now())
    return RecordingToken(token=token, expires_at=until)
