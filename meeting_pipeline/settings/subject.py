"""What the settings of each subject have in common.

Must not go here: fields (the modules of the subjects), what joins the subjects (``settings.py``).
"""

from pydantic import BaseModel, ConfigDict


class SubjectSettings(BaseModel):
    """The settings of one subject: they never change, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
