"""The query of ``GET /v1/commitments``. The parameters are a contract: add some, never rename or remove one.

Belongs here too: the parameters that it shares with the calendar. Must not go here: how commitments are selected
(``store/commitments/pages.py``), a commitment (``commitments.py``).
"""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from meeting_pipeline.api.schemas.commitments import INSIGHTS, Kind
from meeting_pipeline.api.schemas.cursors import LONGEST
from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.store.commitments.pages import CommitmentFilter

Owner = Annotated[
    str | None,
    Query(max_length=200, description="Only those of this person: the full name, the given name, or the `id`."),
]
Series = Annotated[
    str | None,
    Query(max_length=300, description="Only those of this series: its `series`, or the title of one of its meetings."),
]
Overdue = Annotated[bool, Query(description="Only action items that are not closed and were due before today (UTC).")]


class CommitmentQuery(BaseModel):
    """Which commitments to list, and how many."""

    owner: Owner = None
    series: Series = None
    kind: Kind | None = Field(default=None, description="Only those of this kind.")
    state: CommitmentState | None = Field(default=None, description="Only those in this state.")
    closed: bool | None = Field(default=None, description="Only those that are, or are not, closed.")
    overdue: Overdue = False
    limit: int = Field(default=50, ge=1, le=200, description="Maximum number.")
    cursor: str | None = Field(default=None, max_length=LONGEST, description="`next_cursor` of the previous page.")

    def criteria(self) -> CommitmentFilter:
        """The conditions for the store."""
        return CommitmentFilter(
            owner=self.owner,
            series=self.series,
            insight=INSIGHTS[self.kind] if self.kind else None,
            state=self.state,
            closed=self.closed,
            overdue=self.overdue,
        )
