"""``meeting-pipeline campaigns``: listing campaigns, pausing and resuming them, and deciding on the versions that they hold.

Must not go here: starting one (``reprocess.py``), what these do (``store/campaigns/``, ``steps/operations/``).
"""

import getpass
import json
from typing import Final

import click

from meeting_pipeline.cli.usd import Usd
from meeting_pipeline.domain.campaigns import CampaignDecision, ItemState

_reason = click.option("--reason", help="Why; recorded with your name and the time.")
_json = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
_name = click.argument("name", metavar="NAME")
_keys = click.argument("recording_ids", nargs=-1, metavar="[RECORDING_ID]...")


@click.group("campaigns", short_help="List, pause and resume campaigns, and promote the versions they hold.")
def campaigns() -> None:
    """List, pause, resume and cancel reprocessing campaigns, and promote or discard the versions that they hold.

    `reprocess` starts one if it concerns many recordings, or with --campaign or --max-usd. The running system works on it while
    no new recording waits, and pauses it at its cap or when too much goes wrong.
    """


@campaigns.command("list")
@_json
def list_campaigns(as_json: bool) -> None:
    """List campaigns, newest first."""
    from meeting_pipeline.cli.campaign_output import campaign_table
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.campaigns.campaign_json import campaign_json

    with installation() as opened:
        found = opened.store.campaigns.all()
    if as_json:
        click.echo(json.dumps({"campaigns": [campaign_json(one) for one in found]}, indent=2))
    else:
        click.echo(campaign_table(found) if found else "There are no campaigns.")


@campaigns.command("show")
@_name
@_json
def show(name: str, as_json: bool) -> None:
    """Show the campaign NAME: its progress, what it has spent, why it is paused, and what failed."""
    from meeting_pipeline.cli.campaign_output import campaign_lines
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.campaigns.campaign_json import campaign_json, item_json

    with installation() as opened:
        campaign = opened.store.campaigns.get(name)
        failed = opened.store.campaigns.items(name, [ItemState.FAILED] if not as_json else ())
    if as_json:
        items = [item_json(item) for item in failed]
        click.echo(json.dumps({**campaign_json(campaign), "items": items}, indent=2))
        return
    for line in campaign_lines(campaign, failed):
        click.echo(line)


@campaigns.command("pause")
@_name
@_reason
def pause(name: str, reason: str | None) -> None:
    """Start and buy nothing more for NAME. Calls in flight finish."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        paused = opened.store.campaign_changes.pause(name, getpass.getuser(), reason)
    click.echo(f"{name} is paused." if paused else f"{name} is already paused.")


@campaigns.command("resume")
@_name
@click.option("--max-usd", type=Usd(), help="A new cap for all that it spends, including what it has spent.")
@_reason
def resume(name: str, max_usd: float | None, reason: str | None) -> None:
    """Continue NAME where it was. Recordings that failed are retried; nothing is paid for twice."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        opened.store.campaign_changes.resume(name, getpass.getuser(), reason, cap_usd=max_usd)
    click.echo(f"{name} continues.")


@campaigns.command("cancel")
@_name
@_reason
def cancel(name: str, reason: str | None) -> None:
    """End NAME for good. Its results so far stay; the rest is not made."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        opened.store.campaign_changes.cancel(name, getpass.getuser(), reason)
    click.echo(f"{name} is cancelled.")


@campaigns.command("report")
@_name
@_json
def report(name: str, as_json: bool) -> None:
    """Report what NAME has changed: how many meetings and how, verified claims before and after, and the largest changes."""
    from meeting_pipeline.cli.campaign_output import report_lines
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.campaigns.campaign_json import report_json
    from meeting_pipeline.steps.campaigns.report import campaign_report

    with installation() as opened:
        found = campaign_report(opened, name)
    if as_json:
        click.echo(json.dumps(report_json(found), indent=2))
        return
    for line in report_lines(found):
        click.echo(line)


@campaigns.command("promote")
@_name
@_keys
@_reason
def promote(name: str, recording_ids: tuple[str, ...], reason: str | None) -> None:
    """Promote what NAME holds, for all its recordings or for these. Each is followed by new minutes and one webhook.

    It works slowly, so that new recordings do not wait. If it is interrupted, run it again for the rest.
    """
    _decide(name, recording_ids, CampaignDecision.PROMOTED, reason)


@campaigns.command("discard")
@_name
@_keys
@_reason
def discard(name: str, recording_ids: tuple[str, ...], reason: str | None) -> None:
    """Discard what NAME holds, for all its recordings or for these. Discarded versions stay listed and can be restored."""
    _decide(name, recording_ids, CampaignDecision.DISCARDED, reason)


_DONE: Final = {CampaignDecision.PROMOTED: "Current now", CampaignDecision.DISCARDED: "Discarded"}


def _decide(name: str, recording_ids: tuple[str, ...], decision: CampaignDecision, reason: str | None) -> None:
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.campaigns.promotion import decide
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    done = 0
    with installation() as opened:
        keys = [resolve_key(opened.store.database, key) for key in recording_ids]
        for changed in decide(opened, name, decision, getpass.getuser(), reason, keys):
            done += 1
            versions = ", ".join(f"{insight.value} version {number}" for insight, number in changed.versions.items())
            click.echo(f"{_DONE[decision]}: {versions} of {changed.key}.")
    if not done:
        click.echo(f"{name} holds no versions.")
