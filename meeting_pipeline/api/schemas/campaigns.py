"""Campaigns over HTTP: their recordings, progress, cost and changes.

Must not go here: the values themselves (``steps/campaigns/campaign_json.py``).
"""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from meeting_pipeline.api.schemas.versions import Reason
from meeting_pipeline.domain.campaigns import CampaignChange, CampaignDecision, CampaignState, ItemState, PauseCode


class CampaignNote(BaseModel):
    """Who did what with a campaign."""

    change: CampaignChange
    by: str
    at: AwareDatetime
    reason: str | None
    recordings: int | None = Field(description="For starting, promoting and discarding: the number of recordings.")


class Campaign(BaseModel):
    """A campaign: the reprocessing of many recordings under one name."""

    name: str
    state: CampaignState
    pause_code: PauseCode | None = Field(description="Why it is paused; null if it is not.")
    pause_reason: str | None
    insights: list[str] = Field(description="What it makes: insights, and `minutes`.")
    hold: bool = Field(description="Whether the new versions are held until a person promotes them.")
    service_tier: str | None
    max_usd: float | None = Field(description="The cap; null if it has none.")
    expected_usd: float | None = Field(description="The expected cost when it was started.")
    projected_usd: float | None = Field(
        description="The expected total cost, based on the recordings that are done; null while these are too few."
    )
    spent_usd: float = Field(description="From the ledger of paid calls, as far as prices are known.")
    unpriced_calls: int
    calls: int
    refused_answers: int = Field(description="Paid calls whose answers cannot be used.")
    unanswered_calls: int = Field(description="Calls without an answer yet, or whose answer was lost.")
    recordings: int
    waiting: int
    requested: int
    working: int
    done: int
    failed: int
    deleted: int = Field(description="Recordings that were deleted since it was started.")
    changed: int = Field(description="Recordings whose new versions differ from the earlier ones.")
    promoted: int
    discarded: int
    started_by: str
    started_at: AwareDatetime
    changed_at: AwareDatetime = Field(description="When its state changed last.")
    notes: list[CampaignNote] = Field(description="The latest, in order. Empty in the list of campaigns.")


class CampaignList(BaseModel):
    """The latest campaigns, newest first."""

    campaigns: list[Campaign]


class InsightChange(BaseModel):
    """How the new version of an insight differs from the one before."""

    version: int
    before: int | None
    added: int
    removed: int
    changed: int
    size: int = Field(description="Claims and words that differ.")
    claims_before: int
    verified_before: int
    claims: int
    verified: int
    held: bool


class CampaignItem(BaseModel):
    """A recording of a campaign."""

    recording_id: str
    title: str
    state: ItemState
    decision: CampaignDecision | None
    error_code: str | None
    error_message: str | None
    size: int
    changes: dict[str, InsightChange]


class InsightReport(BaseModel):
    """All recordings of one insight together."""

    insight: str
    recordings: int
    differ: int
    added: int
    removed: int
    changed: int
    claims_before: int
    verified_before: int
    claims: int
    verified: int
    verified_rate_before: float | None = Field(description="0 to 1; null if there were no claims.")
    verified_rate: float | None


class CampaignReport(BaseModel):
    """What a campaign has changed so far."""

    campaign: Campaign
    unchanged: int
    insights: list[InsightReport]
    largest_changes: list[CampaignItem] = Field(description="At most 20, the largest first.")
    failures: dict[str, int] = Field(description="Error code -> recordings.")


class CampaignAction(BaseModel):
    """A reason."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class CampaignResume(BaseModel):
    """A reason, and a new cap."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    max_usd: Annotated[
        float | None,
        Field(
            default=None,
            gt=0,
            le=1e9,
            allow_inf_nan=False,
            description="The new cap for the whole campaign, including what it has already spent.",
        ),
    ]
