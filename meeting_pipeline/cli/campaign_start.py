"""What ``reprocess`` prints about a campaign that it started, and waiting for its end.

Must not go here: starting it (``steps/campaigns/start.py``), waiting for other runs (``reprocessing.py``).
"""

import time
from collections.abc import Callable
from typing import Final

import click

from meeting_pipeline.cli.campaign_output import campaign_lines
from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.domain.campaigns import CampaignState, ItemState
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns.start import StartedCampaign

_LOOK_SECONDS: Final = 1.0
"""A portion takes some seconds at least."""


def print_campaign(opened: Installation, started: StartedCampaign) -> None:
    """Say what was started, and how to follow it."""
    for left in started.left:
        click.echo(f"Unchanged: {left.key} ({left.reason})", err=True)
    for key in started.retried:
        click.echo(f"Starts over: {key}")
    if not started.recordings:
        return
    click.echo(f"Campaign {started.name}: {', '.join(started.made)} of {started.recordings} recordings.")
    click.echo(f"Follow it: meeting-pipeline campaigns show {started.name}")
    if running_owner(opened.settings.home) is None:
        click.echo(
            "No system is running on this home. The campaign begins when you start one: meeting-pipeline up", err=True
        )


def wait_for_campaign(
    opened: Installation, started: StartedCampaign, timeout_s: float, tell: Callable[[str], None]
) -> ExitCode:
    """Wait until it ends or pauses, at most ``timeout_s``, and say how.

    Returns ``DONE``, ``RECORDING_FAILED`` (also if it is paused or cancelled) or ``TIMED_OUT``.
    """
    if not started.recordings:
        return ExitCode.DONE
    deadline = time.monotonic() + timeout_s
    while True:
        campaign = opened.store.campaigns.get(started.name)
        if campaign.state is not CampaignState.RUNNING:
            break
        if time.monotonic() >= deadline:
            tell(f"Not finished after {timeout_s:g} s: {campaign.ended} of {campaign.recordings} recordings.")
            return ExitCode.TIMED_OUT
        time.sleep(_LOOK_SECONDS)
    for line in campaign_lines(campaign, opened.store.campaigns.items(started.name, [ItemState.FAILED])):
        tell(line)
    whole = campaign.state is CampaignState.FINISHED and not campaign.progress[ItemState.FAILED]
    return ExitCode.DONE if whole else ExitCode.RECORDING_FAILED
