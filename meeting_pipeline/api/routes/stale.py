"""``GET /v1/stale``: results that today's prompts, models and rules did not make, with the cost of making them again.

Must not go here: what is stale (``steps/operations/stale.py``), making it again.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.steps.operations.stale import stale_report
from meeting_pipeline.steps.operations.stale_json import stale_json

router = APIRouter(prefix="/v1/stale", tags=["meetings"])
_LISTED: Final = 1000
"""Recordings listed for each version at most: `recordings` counts all of them."""


class StaleVersionBody(BaseModel):
    """The stale results of one insight that were made in the same way."""

    insight: str
    fingerprint: str = Field(
        description="Fingerprint of what made them. It changes with prompt, schema, model, options and rules."
    )
    in_use: str = Field(description="Fingerprint of what would make them now.")
    provider: str
    model: str
    reason: str = Field(description="`made_otherwise`, or `transcript_replaced`.")
    since: AwareDatetime | None = Field(
        description="Since when they are stale; null if the running system has not noticed."
    )
    recordings: int
    recording_ids: list[str] = Field(description=f"The latest meetings first, at most {_LISTED}.")
    calls: int = Field(description="Expected number of calls to make them again.")
    cost_usd: float | None = Field(description="The expected cost; null if a price is unknown.")
    unpriced_calls: int
    estimated_by_length: int = Field(
        description="For how many the cost is estimated from the length of the transcript."
    )


class StaleBody(BaseModel):
    """All stale results."""

    versions: list[StaleVersionBody]
    recordings: int
    results: int
    calls: int
    cost_usd: float | None
    unpriced_calls: int


@router.get("", operation_id="listStaleResults", responses=responses(401, 403, 404))
def list_stale_results(
    installation: Opened,
    _caller: Annotated[Caller, Depends(require("read"))],
    insight: Annotated[list[str], Query(description="Only these insights.")] = [],  # noqa: B006 - FastAPI copies it
) -> StaleBody:
    """List results whose prompt, model, options or rules have changed, or whose transcript was replaced, since they were made."""
    unknown = sorted(set(insight) - set(Insight.names()))
    if unknown:
        raise PermanentError("unknown_insight", f"There is no insight {unknown[0]}.", "`GET /v1/insights` lists them.")
    return StaleBody.model_validate(stale_json(stale_report(installation, insight), _LISTED))
