"""The bodies of requests that edit items, segments and details of a recording.

Must not go here: responses (``edits.py``), what an edit does (``domain/``), requests about claims (``judged_claims.py``).
"""

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline import policies
from meeting_pipeline.domain.sidecar_options import EARLIEST_MEETING, LATEST_MEETING
from meeting_pipeline.domain.verdicts import ItemStatus

Text = Annotated[str, Field(min_length=1, max_length=policies.EDITED_ITEM_CHARACTERS)]
Name = Annotated[str, Field(min_length=1, max_length=policies.SPEAKER_NAME_CHARACTERS)]
Names = Annotated[list[Name], Field(max_length=policies.EDITED_PEOPLE)]
Day = Annotated[date, Field(ge=EARLIEST_MEETING, le=LATEST_MEETING)]
_SEEN: Final = (
    "The version that the caller has seen: the edit is refused with 409 if somebody has edited it since. Without it, it is not "
    "checked."
)
Version = Annotated[int | None, Field(default=None, ge=0, strict=True, description=_SEEN)]
"""Strict: ``true`` is no version, and 1 of it would overwrite what somebody else wrote."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def given(self, *beside: str) -> dict[str, Any]:
        """The fields that were sent, without these."""
        return self.model_dump(mode="json", include=self.model_fields_set - set(beside))


class NewItem(_Body):
    """An item or decision that a person adds."""

    insight: Literal["action_items", "decisions"]
    text: Text = Field(description="What it says. `{A}` stands for the speaker with the label A.")
    owner: Name | None = Field(default=None, description="Of an action item: a label, or a name.")
    due_date: Day | None = Field(default=None, description="Of an action item.")
    decided_by: Names | None = Field(default=None, description="Of a decision: labels, or names.")
    status: ItemStatus = Field(default=ItemStatus.OPEN)
    segment_id: int | None = Field(default=None, ge=0, description="Where it was said, if it was.")


class EditItem(_Body):
    """New values for fields of an item or decision. What is not sent stays as it is."""

    text: Text | None = Field(default=None, description="What it says. `{A}` stands for the speaker with the label A.")
    owner: Name | None = Field(default=None, description="Of an action item: a label, or a name; null: nobody.")
    due_date: Day | None = Field(default=None, description="Of an action item; null: none.")
    decided_by: Names | None = Field(default=None, description="Of a decision: labels, or names.")
    status: ItemStatus | None = Field(default=None, description="What has become of it.")
    version: Version


class EditSegment(_Body):
    """What was said, and who said it. What is not sent stays as it is."""

    text: Annotated[str, Field(min_length=1, max_length=policies.EDITED_SEGMENT_CHARACTERS)] | None = None
    speaker: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="A label of the transcript."
    )
    version: Version


class EditRecording(_Body):
    """New details of a recording. What is not sent stays as it is. The recording keeps its id."""

    title: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    date: Day | None = Field(default=None, description="The day of the meeting. Due dates are computed again from it.")
    participants: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[a-z]{2})?$")] | None = Field(
        default=None, description="Such as en or en_us; null: detected. Nothing is transcribed again: see `rerun`."
    )
    timezone: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="IANA time zone of the meeting, such as Europe/Berlin."
    )
    keyterms: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1000)] | None = Field(
        default=None, description="Words to expect in the next transcription."
    )
    speakers_expected: Annotated[int, Field(ge=1, le=30)] | None = None
    version: Version
