"""The schema of events. Must not go here: how they are sent."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Event(BaseModel):
    """The ``data`` of one event. The frame's ``event`` equals its ``type``; the frame's ``id`` is for ``Last-Event-ID``."""

    recording_id: str
    seq: int | None = Field(description="Its number among the events of the recording: 1, 2, 3, ...")
    type: str = Field(
        description="accepted, refused, retried, stage, run_started, worker_lost, waiting, result, gap, completed, failed,"
        " reprocessing_failed, speakers_edited, claims_edited, items_edited, transcript_edited, details_edited, version_held,"
        " version_promoted, version_discarded, version_restored, webhook, deleted; new types may be added. Also "
        "`ready` (first in `/v1/events`) and `end` (last of a recording)."
    )
    at: datetime | None = Field(default=None, description="When it happened.")
    status: str | None = Field(default=None, description="Status of the recording after it.")
    stage: str | None = Field(default=None, description="Stage of the recording after it.")
    data: dict[str, Any] = Field(default_factory=dict, description="More details, depending on the type.")
