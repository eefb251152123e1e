"""Campaigns over HTTP: listing and showing them, their reports, and pausing, resuming and cancelling them.

Must not go here: starting one (``cli/reprocess.py``), what these do (``store/campaigns/``). Promoting takes minutes, at the pace
of webhooks, so it is a command: ``meeting-pipeline campaigns promote``.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas import campaigns as schemas
from meeting_pipeline.api.schemas.problems import REFUSED, responses
from meeting_pipeline.api.security.editors import Editor
from meeting_pipeline.domain.campaign_names import is_campaign_name
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns.campaign_json import campaign_json, report_json
from meeting_pipeline.steps.campaigns.report import campaign_report
from meeting_pipeline.store.campaigns.reading import unknown_campaign

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"], route_class=StrictRoute)
_UNKNOWN = responses(_404="No such campaign.", **REFUSED)
_CHANGE = responses(
    _404="No such campaign.",
    _409="The campaign is over, is already running, or has reached its cap; `code` says which.",
    _422="The body is invalid.",
    **REFUSED,
)


def campaign_name(name: Annotated[str, Path(description="The campaign's name.")]) -> str:
    """The name in the path; it may not exist. Raises: PermanentError ``unknown_campaign`` if it is malformed."""
    if not is_campaign_name(name):
        raise unknown_campaign(name[: policies.SHOWN_CHARACTERS])
    return name


Name = Annotated[str, Depends(campaign_name)]


@router.get("", operation_id="listCampaigns", responses=responses(**REFUSED))
def list_campaigns(installation: Opened, _caller: Reader) -> schemas.CampaignList:
    """List the latest 100 campaigns, newest first."""
    found = installation.store.campaigns.all()
    return schemas.CampaignList(campaigns=[schemas.Campaign.model_validate(campaign_json(one)) for one in found])


@router.get("/{name}", operation_id="getCampaign", responses=_UNKNOWN)
def get_campaign(installation: Opened, _caller: Reader, name: Name) -> schemas.Campaign:
    """Show a campaign: its progress, what it has spent, why it is paused, and who did what with it."""
    return _campaign(installation, name)


@router.get("/{name}/report", operation_id="getCampaignReport", responses=_UNKNOWN)
def get_report(installation: Opened, _caller: Reader, name: Name) -> schemas.CampaignReport:
    """Report what a campaign has changed so far: how many meetings and how, verified claims, and the largest changes."""
    return schemas.CampaignReport.model_validate(report_json(campaign_report(installation, name)))


@router.post("/{name}:pause", operation_id="pauseCampaign", responses=_CHANGE)
def pause_campaign(
    installation: Opened, editor: Editor, name: Name, wanted: schemas.CampaignAction | None = None
) -> schemas.Campaign:
    """Start and buy nothing more. Calls in progress finish. Pausing it twice changes nothing."""
    installation.store.campaign_changes.pause(name, editor, wanted.reason if wanted else None)
    return _campaign(installation, name)


@router.post("/{name}:resume", operation_id="resumeCampaign", responses=_CHANGE)
def resume_campaign(
    installation: Opened, editor: Editor, name: Name, wanted: schemas.CampaignResume | None = None
) -> schemas.Campaign:
    """Continue where it stopped. Recordings that failed are retried; nothing is paid for twice."""
    asked = wanted or schemas.CampaignResume(reason=None, max_usd=None)
    installation.store.campaign_changes.resume(name, editor, asked.reason, cap_usd=asked.max_usd)
    return _campaign(installation, name)


@router.post("/{name}:cancel", operation_id="cancelCampaign", responses=_CHANGE)
def cancel_campaign(
    installation: Opened, editor: Editor, name: Name, wanted: schemas.CampaignAction | None = None
) -> schemas.Campaign:
    """End it for good. Its results so far stay; the rest will not be made."""
    installation.store.campaign_changes.cancel(name, editor, wanted.reason if wanted else None)
    return _campaign(installation, name)


def _campaign(installation: Installation, name: str) -> schemas.Campaign:
    return schemas.Campaign.model_validate(campaign_json(installation.store.campaigns.get(name)))
