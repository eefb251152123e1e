"""The query of ``GET /v1/search``. The parameters are a contract: add some, never rename or remove one.

Must not go here: what matches (``store/search/``), the results (``search.py``).
"""

from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.search import LONGEST
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.search_queries import QUERY_CHARACTERS
from meeting_pipeline.domain.verdicts import ItemStatus
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.search.values import Question

_NAME: Final = 200
"""Characters of a name: as many as the store keeps of one."""


def _known(key: str) -> str:
    if not is_key(key):
        raise unknown_recording(key[: policies.SHOWN_CHARACTERS])
    return key


class SearchQuery(BaseModel):
    """What to look for, in which meetings, and how much of it to return."""

    q: str = Field(
        default="",
        max_length=QUERY_CHARACTERS,
        description='Words that must all be in one line; words in double quotes are an exact phrase: `"price list"`. '
        "There are no other operators.",
    )
    typing: bool = Field(default=False, description="The last word may be the beginning of a longer one.")
    speaker: str | None = Field(
        default=None, max_length=_NAME, description="Part of the speaker's name, or the id of a person."
    )
    person: str | None = Field(
        default=None,
        max_length=_NAME,
        description="Part of the name of the person who said, owns or decided it, or the id of a person.",
    )
    since: date | None = Field(default=None, description="Only meetings of this day and later.")
    until: date | None = Field(default=None, description="Only meetings of this day and earlier.")
    title: str | None = Field(default=None, max_length=300, description="Only meetings whose title contains this text.")
    kind: LineKind | None = Field(default=None, description="Only lines of this kind.")
    status: ItemStatus | None = Field(default=None, description="Only action items and decisions with this status.")
    recording_id: Annotated[str | None, AfterValidator(_known)] = Field(default=None, description="Only this meeting.")
    limit: int = Field(default=10, ge=1, le=50, description="Maximum number of meetings.")
    lines: int = Field(default=3, ge=1, le=100, description="Maximum number of hits for each meeting.")
    cursor: str | None = Field(default=None, max_length=LONGEST, description="`next_cursor` of the previous page.")

    def question(self, *, unverified: bool) -> Question:
        """What the store looks for. ``unverified``: also among unverified items."""
        return Question(
            text=self.q, typing=self.typing, speaker=self.speaker, person=self.person, since=self.since, until=self.until,
            title=self.title, kind=self.kind, status=self.status.value if self.status is not None else None,
            recording_key=self.recording_id, unverified=unverified,
        )  # fmt: skip
