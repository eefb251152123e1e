"""The base of the domain's values.

Belongs here: what all of them have in common. Datetimes in them are timezone-aware UTC.
Must not go here: any value; each subject has its module.
"""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Base of all values: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
