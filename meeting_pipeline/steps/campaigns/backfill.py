"""A backfill that a person started in the Dagster UI, as a campaign: with the cap and the hold of the settings.

Its runs process the recordings; the campaign processes the rest, for example after its cap, once it is resumed.
Must not go here: what Dagster knows of a backfill (``defs/assets/backfills.py``), making a recording (``steps/processing/``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from meeting_pipeline.domain.campaign_names import backfill_campaign_name
from meeting_pipeline.domain.campaigns import CampaignState, ItemState
from meeting_pipeline.domain.errors import OperatorError, PermanentError, PipelineError
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.steps.operations.bill import bill, bill_figures, transcripts_to_buy
from meeting_pipeline.steps.operations.under_way import left_to_campaigns, locked_home
from meeting_pipeline.steps.processing.campaign_part import Part
from meeting_pipeline.steps.processing.one_recording import Item, ordered
from meeting_pipeline.store.campaigns.starting import NewCampaign

BY: Final = "Dagster UI"
"""Who started the campaign of a backfill: Dagster does not know people."""


@dataclass(frozen=True)
class Backfill:
    """A backfill. ``keys``: its partitions; ``assets``: what it makes; ``model``, ``prompt``: as chosen in its configuration."""

    id: str
    keys: tuple[str, ...]
    assets: tuple[str, ...]
    model: str | None = None
    prompt: str | None = None


def is_limited(installation: Installation) -> bool:
    """Whether the settings put a limit on backfills that people start in the Dagster UI."""
    settings = installation.settings
    return settings.backfill_max_usd is not None or settings.backfill_hold == "on"


def join(installation: Installation, backfill_id: str, describe: Callable[[], Backfill]) -> str | None:
    """The campaign of a backfill, which its first run starts. ``None``: nothing limits it, and it is none.

    ``describe``: called if the campaign does not exist yet. Raises: OperatorError ``unknown_price``.
    """
    name = backfill_campaign_name(backfill_id)
    if installation.store.campaigns.backfill_of(name) == backfill_id:
        return name  # it keeps its limits, whatever the settings say now
    if not is_limited(installation):
        return None
    with locked_home(installation.settings.home):
        if installation.store.campaigns.backfill_of(name) != backfill_id:
            _start(installation, name, describe())
    return name


def begin_part(installation: Installation, name: str, key: str, lease: str) -> Part | None:
    """Begin a recording of the campaign of a backfill. ``None``: the campaign has made it.

    Raises: OperatorError ``campaign_paused``, PermanentError ``not_in_campaign``: it is not to be made now.
    """
    work = installation.store.campaign_work
    begun = work.begin(name, key, lease)
    if begun is not None:
        hold = installation.store.campaigns.get(name).hold
        item = Item(key, 0, (), requested_by_user=True, earlier=begun.earlier, hold=hold, campaign=name)
        return Part(installation, item)
    state = work.state_of(name, key)
    if state is ItemState.DONE:
        return None
    raise _refused(installation, name, key, state)


def require_no_purchase(installation: Installation, key: str) -> None:
    """A limited backfill buys no transcript. Raises: OperatorError ``transcripts_cost_money``."""
    if not transcripts_to_buy(installation, [key]):
        return
    raise OperatorError(
        "transcripts_cost_money",
        "The options of the transcription have changed, so the transcript would be bought again. A backfill whose spending is "
        f"limited ({VARIABLES['backfill_max_usd']}, {VARIABLES['backfill_hold']}) buys no transcripts.",
        f"Leave `transcript` out of the backfill, or buy it: meeting-pipeline reprocess {key} --buy-transcripts",
    )


def _start(installation: Installation, name: str, backfill: Backfill) -> None:
    settings = installation.settings
    hold = settings.backfill_hold == "on"
    insights = [asset for asset in backfill.assets if asset in Insight.names()]
    made = ordered([*insights, ResultKind.MINUTES.value] if not hold else insights)
    keys = installation.store.origins.completed(backfill.keys)
    work = dict.fromkeys(keys, made)
    taken = {one.key for one in left_to_campaigns(installation, work)}
    chosen = _with_model(installation, backfill.model)
    bill_of_it = bill(chosen, installation.store.origins.results_of(keys, insights))
    if settings.backfill_max_usd is not None and bill_of_it.unpriced:
        raise OperatorError(
            "unknown_price",
            f"{bill_of_it.unpriced} purchases have an unknown price, so {VARIABLES['backfill_max_usd']} could not be kept.",
            "Set the price in OPENAI_PRICES.",
        )
    plan = {**bill_figures(bill_of_it), "model": backfill.model, "prompt": backfill.prompt}
    mine = [(key, assets) for key, assets in work.items() if key not in taken]
    new = NewCampaign(name, mine, hold, settings.backfill_max_usd, plan=plan, backfill=backfill.id)
    try:
        installation.store.campaign_changes.start(new, BY, f"the backfill {backfill.id}")
    except PermanentError as error:
        if error.code != "campaign_exists" or installation.store.campaigns.backfill_of(name) != backfill.id:
            raise


def _with_model(installation: Installation, model: str | None) -> Installation:
    if model is None:
        return installation
    return replace(installation, settings=installation.settings.model_copy(update={"openai_model": model}))


def _refused(installation: Installation, name: str, key: str, state: ItemState | None) -> PipelineError:
    campaign = installation.store.campaigns.get(name)
    if state is None:
        return PermanentError(
            "not_in_campaign",
            f"{key} is not part of the campaign {name}: it has no finished record, or another campaign makes it.",
            f"meeting-pipeline reprocess {key}",
        )
    if campaign.state is CampaignState.PAUSED:
        return OperatorError(
            "campaign_paused",
            f"The campaign {name} is paused: {campaign.pause_reason or 'by a person'}",
            f"It makes the rest when it is resumed: meeting-pipeline campaigns resume {name} --max-usd SUM",
        )
    return PermanentError(
        "campaign_over",
        f"The campaign {name} is {campaign.state.value}, and {key} is {state.value} in it.",
        f"`meeting-pipeline campaigns show {name}` says why.",
    )
