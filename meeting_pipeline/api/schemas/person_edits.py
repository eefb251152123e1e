"""Edits of people over HTTP: the edits that are listed, and those that clients send.

The fields are a contract: add some, never rename or remove one.
Must not go here: what an edit does (``store/people/editing.py``).
"""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meeting_pipeline.api.schemas.edit_requests import Version
from meeting_pipeline.domain.people.identities import PersonEditKind

_ID: Final = r"^person-[0-9a-f]{16}$"
_NAME: Final = 300
"""Characters of a name or title. Longer than what is compared of one, which the store cuts to 200."""
_KEY: Final = 80
"""Width of the column of recording ids."""


class PersonEditEntry(BaseModel):
    """A person's edit of it."""

    number: int
    kind: PersonEditKind
    person_id: str
    other_id: str | None = Field(
        description="The other person: merged with this one, given the name, or marked as somebody else."
    )
    other_name: str | None = Field(
        description="The name of that person, or of the merged one; null if nobody has it now."
    )
    name: str | None = Field(description="The name that was given or split off.")
    series: str | None = Field(description="The series in which the name was split off; null: in all.")
    recording_id: str | None = Field(description="The recording in which the name was split off; null: in all.")
    edited_by: str
    edited_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class SplitName(BaseModel):
    """A name that is somebody else's."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=_NAME, description="One of `names`.")
    series: str | None = Field(
        default=None,
        max_length=_NAME,
        description="Only in meetings of this series, including future ones: its name or a title.",
    )
    recording_id: str | None = Field(default=None, max_length=_KEY, description="Only in this recording.")
    to: str | None = Field(default=None, pattern=_ID, description="Whose name it is; without it, a new person's.")


class EditPerson(BaseModel):
    """An edit of a person: one of `name`, `merge_into`, `split` and `differs_from`."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(
        default=None, max_length=_NAME, description="The name to show in lists; null: the fullest name in meetings."
    )
    merge_into: str | None = Field(default=None, pattern=_ID, description="The person to merge this one into.")
    split: SplitName | None = None
    differs_from: str | None = Field(
        default=None, pattern=_ID, description="A different person, so that the pair is not suggested again."
    )
    version: Version

    @model_validator(mode="after")
    def _one_thing(self) -> "EditPerson":
        if len(self.model_fields_set - {"version"}) != 1 or (
            self.model_fields_set & {"merge_into", "split", "differs_from"}
        ) != {name for name in ("merge_into", "split", "differs_from") if getattr(self, name) is not None}:
            raise ValueError("send one of name, merge_into, split and differs_from")
        return self
