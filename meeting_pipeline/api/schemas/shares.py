"""Links to a shared meeting over HTTP.

Must not go here: what a link shows (``api/routes/shared.py``).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline.store.api.share_links import MOST_DAYS, state_of
from meeting_pipeline.store.tables import ShareLink


class ShareRequest(BaseModel):
    """What a link shows, and for how long. It always shows the minutes."""

    model_config = ConfigDict(extra="forbid")

    transcript: bool = Field(default=False, description="Include the transcript.")
    sound: bool = Field(default=False, description="Include the recording, for playback.")
    days: int | None = Field(
        default=None,
        ge=1,
        le=MOST_DAYS,
        description="Days after which it expires. Null: `MEETING_PIPELINE_SHARE_DAYS`, 30 unless set.",
    )


class Share(BaseModel):
    """A link to a shared meeting, without its address: only its hash is stored."""

    share_id: str
    recording_id: str
    transcript: bool
    sound: bool
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    state: Literal["valid", "expired", "revoked"]


class NewShare(Share):
    """A link that was just made."""

    url: str = Field(description="Its address, returned only once. Whoever has it can read the meeting.")


class ShareList(BaseModel):
    """The links of a meeting, newest first."""

    shares: list[Share]


def share(row: ShareLink, now: datetime) -> Share:
    """The representation of a link."""
    return Share(
        share_id=row.id,
        recording_id=row.recording_key,
        transcript=row.with_transcript,
        sound=row.with_sound,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        state=cast('Literal["valid", "expired", "revoked"]', state_of(row, now)),
    )


def share_list(rows: Iterable[ShareLink], now: datetime) -> ShareList:
    """The representation of links."""
    return ShareList(shares=[share(row, now) for row in rows])
