"""The body of a request that edits a commitment.

Must not go here: responses (``commitments.py``), what an edit does (``store/commitments/``).
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meeting_pipeline.api.schemas.edit_requests import Version

_ID_CHARACTERS: Final = 40
"""Width of the column of these ids."""
_IDS: Final = r"^[0-9A-Za-z_-]*$"


class EditCommitment(BaseModel):
    """An edit of a commitment: one of `state`, `link_to` and `unlink`."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "done", "dropped", "superseded"] | None = Field(
        default=None, description="What has become of it. Overrides what was said in meetings until today."
    )
    link_to: str | None = Field(
        default=None,
        max_length=_ID_CHARACTERS,
        pattern=_IDS,
        description="Another commitment of the same series, to link it with.",
    )
    unlink: str | None = Field(
        default=None,
        max_length=_ID_CHARACTERS,
        pattern=_IDS,
        description="A `part_id`: this item becomes a separate commitment.",
    )
    version: Version

    @model_validator(mode="after")
    def _one_thing(self) -> "EditCommitment":
        if sum(one is not None for one in (self.state, self.link_to, self.unlink)) != 1:
            raise ValueError("send one of state, link_to and unlink")
        return self
