"""``meeting-pipeline reprocess``.

Must not go here: what its options select (``reprocess_selection.py``), what is started (``steps/operations/reprocess.py``),
waiting for the end (``reprocessing.py``, ``campaign_start.py``).
"""

import getpass
import json
from typing import TYPE_CHECKING, Any, Final

import click

from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.cli.shared_options import timeout_option
from meeting_pipeline.cli.usd import Usd
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import ResultKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meeting_pipeline.cli.reprocess_selection import Selection
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.steps.operations.reprocess import Started
    from meeting_pipeline.steps.operations.reprocess_plan import PricedPlan
    from meeting_pipeline.steps.operations.under_way import Left

_DAY: Final = click.DateTime(["%Y-%m-%d"])


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
@click.option("--wait", is_flag=True, help="Wait until everything is finished, and list what is still missing.")
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
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.reprocess_selection import Selection, planned
    from meeting_pipeline.steps.campaigns.start import is_campaign

    selection = Selection(**asked)
    selection.check(every=every)
    if as_json and not dry_run:
        raise click.UsageError("--json shows a plan: add --dry-run.")
    with installation() as opened:
        opened = opened.with_service_tier(selection.service_tier)
        again = planned(opened, selection)
        if as_json:
            click.echo(json.dumps(bill_json(again), indent=2))
            return
        _print_unchanged(again.plan.left)
        if dry_run:
            click.echo("\n".join(bill_lines(again)))
            return
        again = _permitted(opened, selection, again, yes=yes)
        run = _run_campaign if is_campaign(again, selection.campaign_options) else _run_at_once
        code = run(opened, selection, again, timeout if wait else None)
    ctx.exit(code)


def _permitted(opened: "Installation", selection: "Selection", again: "PricedPlan", *, yes: bool) -> "PricedPlan":
    """The plan that may be started: its purchases are allowed, and a person agreed to its price if that is required.

    Raises: OperatorError ``transcripts_cost_money``, ``confirmation_needed``; click.Abort.
    """
    from meeting_pipeline.cli.confirming import agreed
    from meeting_pipeline.cli.reprocess_selection import planned
    from meeting_pipeline.steps.operations.reprocess_plan import require_permission_to_buy

    require_permission_to_buy(again, allowed=selection.buy_transcripts)  # before a question that would be in vain
    again = agreed(again, opened.settings.ask_above_usd, lambda: planned(opened, selection), yes=yes)
    require_permission_to_buy(again, allowed=selection.buy_transcripts)  # the plan may be a new one
    return again


def _run_campaign(
    opened: "Installation", selection: "Selection", again: "PricedPlan", wait_s: float | None
) -> ExitCode:
    """Start the plan as a campaign, and wait for its end if so asked."""
    from meeting_pipeline.cli.bill_output import bill_json
    from meeting_pipeline.cli.campaign_start import print_campaign, wait_for_campaign
    from meeting_pipeline.steps.campaigns.start import start_campaign

    campaign = start_campaign(opened, again, selection.campaign_options, getpass.getuser(), bill_json(again))
    print_campaign(opened, campaign)
    return ExitCode.DONE if wait_s is None else wait_for_campaign(opened, campaign, wait_s, click.echo)


def _run_at_once(opened: "Installation", selection: "Selection", again: "PricedPlan", wait_s: float | None) -> ExitCode:
    """Start all runs of the plan now, and wait for their end if so asked. Raises: OperatorError ``nothing_to_do``."""
    from meeting_pipeline.cli.reprocessing import wait_until_ended
    from meeting_pipeline.steps.operations.reprocess import start

    started = start(opened, again.plan, again.same, again.assets, hold=selection.hold)
    _print_started(opened, started, again)
    return ExitCode.DONE if wait_s is None else wait_until_ended(opened, started, wait_s, click.echo)


def _print_started(opened: "Installation", started: "Started", again: "PricedPlan") -> None:
    """Say what was started. Raises: OperatorError ``nothing_to_do``."""
    from meeting_pipeline.steps.operations.reprocess import limit_notice

    _print_unchanged(started.left)
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


def _print_unchanged(unchanged: "Iterable[Left]") -> None:
    for left in unchanged:
        click.echo(f"Unchanged: {left.key} ({left.reason})", err=True)
