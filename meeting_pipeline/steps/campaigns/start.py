"""Starts a campaign from a plan. The running system processes it from then on, or as soon as one runs.

Must not go here: the plan (``steps/operations/reprocess_plan.py``), advancing it (``advance.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.campaign_names import campaign_name, clean_campaign_name
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns import policies
from meeting_pipeline.steps.operations.reprocess import start_over
from meeting_pipeline.steps.operations.reprocess_plan import PricedPlan
from meeting_pipeline.steps.operations.under_way import Left, being_made, left_to_campaigns, locked_home
from meeting_pipeline.store.campaigns.starting import NewCampaign

TIERS: Final = ("default", "flex")
"""Service tiers that a campaign can choose: see ``providers/token_prices.py``."""


@dataclass(frozen=True)
class CampaignOptions:
    """How to start a campaign. ``name``: ``None`` for one made from the plan."""

    name: str | None = None
    cap_usd: float | None = None
    service_tier: str | None = None
    hold: bool = False

    @property
    def explicit(self) -> bool:
        """Whether a campaign was requested explicitly, however few recordings it has."""
        return self.name is not None or self.cap_usd is not None or self.service_tier is not None


@dataclass(frozen=True)
class StartedCampaign:
    """A campaign, its recordings, those that start over outside it, and those that are left as they are."""

    name: str
    recordings: int
    made: tuple[str, ...]
    retried: tuple[str, ...]
    left: tuple[Left, ...]


def is_campaign(again: PricedPlan, options: CampaignOptions) -> bool:
    """Whether carrying out this plan is a campaign. Raises: OperatorError ``not_in_campaign``.

    Transcripts are not part of one: an order is delivered in its own time, by runs that belong to the recording.
    """
    with_transcripts = any(ResultKind.TRANSCRIPT.value in names for names in work_of(again).values())
    if not with_transcripts:
        return options.explicit or len(again.plan.backfilled) > policies.CAMPAIGN_ABOVE
    if options.explicit:
        raise OperatorError(
            "not_in_campaign",
            "A campaign makes insights and minutes again, but no transcripts.",
            "Reprocess the transcripts first, without --campaign, --max-usd and --service-tier.",
        )
    return False


def start_campaign(
    installation: Installation,
    again: PricedPlan,
    options: CampaignOptions,
    by: str,
    plan: Mapping[str, Any],
    reason: str | None = None,
) -> StartedCampaign:
    """Start it. What another campaign has yet to make is left. ``plan``: the bill, to be shown with it.

    Raises: OperatorError ``nothing_to_do``, ``unknown_price``; PermanentError ``bad_campaign_name``, ``campaign_exists``.
    """
    if options.cap_usd is not None and again.bill.unpriced:
        raise OperatorError(
            "unknown_price",
            f"{again.bill.unpriced} purchases have an unknown price, so a cap could not be kept.",
            "Set the price in OPENAI_PRICES, or start it without --max-usd.",
        )
    with locked_home(installation.settings.home):  # no other process starts anything between the check and the start
        work = work_of(again)
        left = (*left_to_campaigns(installation, work), *being_made(installation, work))
        taken = {one.key for one in left}
        mine = [(key, assets) for key, assets in work.items() if key not in taken]
        made = tuple(name for name in ResultKind.names() if any(name in assets for _, assets in mine))
        name = _name(installation, options, made) if mine else ""
        if mine:
            new = NewCampaign(name, mine, options.hold, options.cap_usd, options.service_tier, dict(plan))
            installation.store.campaign_changes.start(new, by, reason)
    retried = start_over(installation, again.plan)
    if not mine and not retried:
        raise OperatorError("nothing_to_do", "Nothing was started.", "`meeting-pipeline stale` shows what is stale.")
    return StartedCampaign(name, len(mine), made, retried, left)


def work_of(again: PricedPlan) -> dict[str, tuple[str, ...]]:
    """The recordings of a plan with the assets to make."""
    return {key: tuple((again.assets or {}).get(key, again.same)) for key in again.plan.backfilled}


def _name(installation: Installation, options: CampaignOptions, made: tuple[str, ...]) -> str:
    if options.name is not None:
        return clean_campaign_name(options.name)
    insights = [name for name in made if name != ResultKind.MINUTES.value]
    every = [name for name in ResultKind.names() if name not in (ResultKind.TRANSCRIPT.value, ResultKind.MINUTES.value)]
    day = installation.store.context.now().date()
    return installation.store.campaigns.unused_name(campaign_name(day, insights or made, every))
