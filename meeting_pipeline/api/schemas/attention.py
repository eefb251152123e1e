"""What needs a person, over HTTP. The fields are a contract: add some, never rename or remove one."""

from pydantic import BaseModel, Field

from meeting_pipeline.store import policies
from meeting_pipeline.store.recordings.attention import Attention as Found


class UnconfirmedMeeting(BaseModel):
    """A meeting with items that its words do not confirm."""

    recording_id: str
    title: str
    items: int = Field(description="Number of unconfirmed items that nobody has accepted or deleted.")


class Attention(BaseModel):
    """What needs a person. No number is larger than `counted_up_to`."""

    failed: int = Field(description="Recordings that failed.")
    gaps: int = Field(description="Recordings that lack a result.")
    overdue: int = Field(description="Action items that are not closed and were due before today (UTC).")
    unconfirmed: list[UnconfirmedMeeting] = Field(
        description=f"Meetings with unconfirmed items, of the newest {policies.ATTENTION_MEETINGS} recordings."
    )
    counted_up_to: int = Field(description="Counting stops here: a number that has reached this may be larger.")


def attention_response(found: Found) -> Attention:
    """The response."""
    return Attention(
        failed=found.failed,
        gaps=found.gaps,
        overdue=found.overdue,
        unconfirmed=[
            UnconfirmedMeeting(recording_id=one.key, title=one.title, items=one.items) for one in found.unconfirmed
        ],
        counted_up_to=policies.ATTENTION_COUNTED,
    )
