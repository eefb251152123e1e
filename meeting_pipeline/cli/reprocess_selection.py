"""What the options of ``reprocess`` select: checked for contradictions, and turned into a plan with its price.

Must not go here: the command (``reprocess.py``), what a plan is (``steps/operations/reprocess_plan.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from meeting_pipeline.domain.result_kinds import ResultKind

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.steps.campaigns.start import CampaignOptions
    from meeting_pipeline.steps.operations.reprocess_plan import PricedPlan


@dataclass(frozen=True)
class Selection:
    """The options that select what is made again, and how."""

    keys: tuple[str, ...]
    assets: str | None
    stale: bool
    insights: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    title: str
    sample: int | None
    buy_transcripts: bool
    hold: bool
    campaign: str | None
    max_usd: float | None
    service_tier: str | None

    @property
    def campaign_options(self) -> "CampaignOptions":
        """What it says about a campaign."""
        from meeting_pipeline.steps.campaigns.start import CampaignOptions

        return CampaignOptions(self.campaign, self.max_usd, self.service_tier, self.hold)

    def check(self, *, every: bool) -> None:
        """Raises: UsageError: options that contradict each other."""
        if self.hold and self.buy_transcripts:
            raise click.UsageError("--hold makes new versions of insights only: omit --buy-transcripts.")
        if self.campaign_options.explicit and self.buy_transcripts:
            raise click.UsageError("A campaign makes no transcripts: omit --buy-transcripts.")
        if self.stale:
            if every or self.assets:
                raise click.UsageError("--stale selects recordings and assets: omit --all and --assets.")
            return
        if bool(self.keys) == every:
            raise click.UsageError("Name RECORDING_IDs, or use --all or --stale.")
        if self.insights or self.since or self.until or self.title:
            raise click.UsageError("--insight, --since, --until and --title select stale results: add --stale.")


def planned(opened: "Installation", selection: Selection) -> "PricedPlan":
    """The plan for what is selected, with its price. Raises: UsageError, OperatorError ``not_held``, PermanentError."""
    from meeting_pipeline.cli.stale import require_insights
    from meeting_pipeline.steps.operations.reprocess_plan import StaleChoice, plan_chosen, plan_stale
    from meeting_pipeline.steps.operations.stale import sampled
    from meeting_pipeline.store.recordings.cli_queries import all_keys, resolve_keys
    from meeting_pipeline.store.results.origins import Chosen

    database = opened.store.database
    if not selection.stale:
        chosen = _chosen_assets(selection)  # not earlier: the installation may have custom insights
        found = resolve_keys(database, selection.keys) if selection.keys else all_keys(database)
        keys = found if selection.sample is None else sampled(found, selection.sample)
        return plan_chosen(opened, keys, chosen, hold=selection.hold)
    require_insights(selection.insights)
    named = tuple(resolve_keys(database, selection.keys))
    days = (selection.since.date() if selection.since else None, selection.until.date() if selection.until else None)
    return plan_stale(
        opened,
        StaleChoice(
            selection.insights, Chosen(*days, selection.title, named), selection.sample, selection.buy_transcripts
        ),
        hold=selection.hold,
    )


def _chosen_assets(selection: Selection) -> tuple[str, ...]:
    """The selected assets. By default all, without the transcript for a campaign, and what can be held with ``--hold``.

    Raises: UsageError, OperatorError ``not_held``.
    """
    from meeting_pipeline.steps.operations.reprocess import holdable_insights

    chosen = read_assets(selection.assets) if selection.assets is not None else None
    if selection.hold:
        return holdable_insights(chosen)
    if chosen is None and selection.campaign_options.explicit:
        return tuple(name for name in ResultKind.names() if name != ResultKind.TRANSCRIPT.value)
    return read_assets(selection.assets)


def read_assets(text: str | None) -> tuple[str, ...]:
    """The selected assets, upstream first. Raises: UsageError."""
    everything = ResultKind.names()
    if text is None:
        return everything
    asked = {word.strip() for word in text.split(",") if word.strip()}
    unknown = sorted(asked - set(everything))
    if unknown or not asked:
        named = ", ".join(unknown) or "nothing"
        raise click.BadParameter(f"{named}; choose from {', '.join(everything)}.", param_hint="--assets")
    return tuple(name for name in everything if name in asked)
