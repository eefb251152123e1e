"""``meeting-pipeline reprocess``.

Must not go here: what is started (``steps/operations/reprocess.py``), waiting for the end (``reprocessing.py``).
"""

import getpass
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from meeting_pipeline.cli.shared_options import timeout_option
from meeting_pipeline.cli.usd import Usd
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import ResultKind

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.steps.operations.reprocess import Started
    from meeting_pipeline.steps.operations.reprocess_plan import PricedPlan
    from meeting_pipeline.steps.operations.start_campaign import CampaignOptions

_DAY: Final = click.DateTime(["%Y-%m-%d"])


@dataclass(frozen=True)
class _Asked:
    """What the command line says about a plan."""

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
        from meeting_pipeline.steps.operations.start_campaign import CampaignOptions

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


@click.command("reprocess", short_help="Reprocess recordings.")
@click.argument("keys", nargs=-1, metavar="[RECORDING_ID]...")
@click.option("--assets", help=f"Comma-separated: {', '.join(ResultKind.names())}. Default: all of them.")
@click.option("--all", "every", is_flag=True, help="All finished recordings, instead of RECORDING_IDs.")
@click.option("--stale", is_flag=True, help="Stale results and their minutes; see `stale`.")
@click.option("--insight", "insights", multiple=True, help="With --stale: only this insight. Can be repeated.")
@click.option("--since", type=_DAY, help="With --stale: meetings from this day on.")
@click.option("--until", type=_DAY, help="With --stale: meetings up to this day.")
@click.option("--title", default="", help="With --stale: meetings whose title contains these words.")
@click.option("--sample", type=click.IntRange(min=1), help="Only this many of the recordings, spread over all of them.")
@click.option("--buy-transcripts", is_flag=True, help="Allow buying transcripts again if their options have changed.")
@click.option("--dry-run", is_flag=True, help="Start nothing; show what would be done and what it would cost.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: as JSON, for programs.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation, whatever the cost.")
@click.option("--hold", is_flag=True, help="Hold new versions of insights until you promote or discard them.")
@click.option("--campaign", metavar="NAME", help="Run it as a campaign of this name. See `campaigns`.")
@click.option("--max-usd", type=Usd(), help="The campaign pauses when it has spent this much.")
@click.option("--service-tier", type=click.Choice(["default", "flex"]), help="OpenAI's tier for the campaign's calls.")
@click.option("--wait", is_flag=True, help="Wait until everything is finished, and show what is still missing.")
@timeout_option
@click.pass_context
def reprocess(
    ctx: click.Context,
    /,
    every: bool,
    dry_run: bool,
    as_json: bool,
    yes: bool,
    wait: bool,
    timeout: float,
    **asked: Any,
) -> None:
    """Reprocess the recordings RECORDING_ID: the running system makes their results again.

    The beginning of an id is enough if it is unique. A transcript that was paid for is not bought again for the same
    options; --buy-transcripts allows it for others. Earlier versions are kept, and minutes are updated automatically when a
    result changes. A failed recording starts over when everything is selected. Many recordings share runs, which new
    recordings overtake.

    Insights of more than 10 recordings are made by a campaign, as are those of fewer with --campaign, --max-usd or
    --service-tier. It pauses at --max-usd, and when too much fails; `campaigns` shows, pauses and resumes it.

    If the expected cost is above MEETING_PIPELINE_ASK_ABOVE_USD, the command asks first; --yes skips the question.

    With --hold, the record, its minutes and its webhooks stay as they are: `diff` shows what a new version would change,
    `versions promote` makes it the current one.

    Exit codes: 0 started (with --wait: completed), 2 nothing was started, 3 something failed, 4 not finished in time.
    """
    from meeting_pipeline.cli.bill_output import bill_json, bill_lines
    from meeting_pipeline.cli.campaign_start import tell_campaign, wait_for_campaign
    from meeting_pipeline.cli.confirming import agreed
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.reprocessing import wait_until_ended
    from meeting_pipeline.steps.operations.reprocess import start
    from meeting_pipeline.steps.operations.reprocess_plan import require_permission_to_buy
    from meeting_pipeline.steps.operations.start_campaign import is_campaign, start_campaign

    wanted = _Asked(**asked)
    wanted.check(every=every)
    if as_json and not dry_run:
        raise click.UsageError("--json shows a plan: add --dry-run.")
    with installation() as opened:
        opened = opened.with_service_tier(wanted.service_tier)
        again = _plan(opened, wanted)
        if as_json:
            click.echo(json.dumps(bill_json(again), indent=2))
            return
        for left in again.plan.left:
            click.echo(f"Unchanged: {left.key} ({left.reason})", err=True)
        if dry_run:
            for line in bill_lines(again):
                click.echo(line)
            return
        require_permission_to_buy(again, allowed=wanted.buy_transcripts)
        again = agreed(again, opened.settings.ask_above_usd, lambda: _plan(opened, wanted), yes=yes)
        require_permission_to_buy(again, allowed=wanted.buy_transcripts)
        if is_campaign(again, wanted.campaign_options):
            campaign = start_campaign(opened, again, wanted.campaign_options, getpass.getuser(), bill_json(again))
            tell_campaign(opened, campaign)
            if wait:
                ctx.exit(wait_for_campaign(opened, campaign, timeout, click.echo))
            return
        started = start(opened, again.plan, again.same, again.assets, hold=wanted.hold)
        _tell(opened, started, again)
        if wait:
            ctx.exit(wait_until_ended(opened, started, timeout, click.echo))


def _plan(opened: "Installation", asked: _Asked) -> "PricedPlan":
    from meeting_pipeline.cli.stale import require_insights
    from meeting_pipeline.steps.operations.reprocess_plan import StaleChoice, plan_chosen, plan_stale
    from meeting_pipeline.steps.operations.stale import sampled
    from meeting_pipeline.store.results.origins import Chosen

    if not asked.stale:
        chosen = _chosen(asked)  # not earlier: the installation may have custom insights
        found = resolve(opened, asked.keys)
        keys = found if asked.sample is None else sampled(found, asked.sample)
        return plan_chosen(opened, keys, chosen, hold=asked.hold)
    require_insights(asked.insights)
    named = tuple(resolve(opened, asked.keys)) if asked.keys else ()
    days = (asked.since.date() if asked.since else None, asked.until.date() if asked.until else None)
    return plan_stale(
        opened,
        StaleChoice(asked.insights, Chosen(*days, asked.title, named), asked.sample, asked.buy_transcripts),
        hold=asked.hold,
    )


def _chosen(asked: _Asked) -> tuple[str, ...]:
    """The selected assets. By default all, without the transcript for a campaign, and what can be held with ``--hold``.

    Raises: UsageError, OperatorError ``not_held``.
    """
    from meeting_pipeline.steps.operations.reprocess import what_can_be_held

    chosen = read_assets(asked.assets) if asked.assets is not None else None
    if asked.hold:
        return what_can_be_held(chosen)
    if chosen is None and asked.campaign_options.explicit:
        return tuple(name for name in ResultKind.names() if name != ResultKind.TRANSCRIPT.value)
    return read_assets(asked.assets)


def _tell(opened: "Installation", started: "Started", again: "PricedPlan") -> None:
    """Say what was started. Raises: OperatorError ``nothing_to_do``."""
    from meeting_pipeline.steps.operations.reprocess import limit_notice

    for left in started.left:
        click.echo(f"Unchanged: {left.key} ({left.reason})", err=True)
    what = ", ".join(again.same) if again.assets is None else "What is stale"
    if started.backfill is not None:
        click.echo(f"Backfill {started.backfill}: {what} of {len(started.backfilled)} recordings.")
        click.echo(f"Follow it: {started.url}")
    elif started.shared is not None:
        held = ", to be held" if started.held else ""
        click.echo(f"{what} of {len(started.backfilled)} recordings{held}, in {started.runs} runs.")
        click.echo(f"Follow them: {started.url}")
    for key in started.retried:
        click.echo(f"Starts over: {key}")
    notice = limit_notice(opened, started)
    if notice is not None:
        click.echo(notice, err=True)
    if not (started.backfill or started.shared or started.retried):
        advice = "`meeting-pipeline list` shows the recordings, `meeting-pipeline stale` what is stale."
        raise OperatorError("nothing_to_do", "Nothing was started.", advice)


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


def resolve(opened: "Installation", keys: Sequence[str]) -> Sequence[str]:
    """The selected recordings; none given means all."""
    from meeting_pipeline.store.recordings.cli_queries import all_keys, resolve_key

    if not keys:
        return all_keys(opened.store.database)
    return tuple(dict.fromkeys(resolve_key(opened.store.database, key) for key in keys))
