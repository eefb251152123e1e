"""``meeting-pipeline reprocess``.

Must not go here: what is started (``steps/operations/reprocess.py``), waiting for the end (``reprocessing.py``).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import ResultKind

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation


@click.command("reprocess", short_help="Reprocess recordings.")
@click.argument("keys", nargs=-1, metavar="[RECORDING_ID]...")
@click.option("--assets", help=f"Comma-separated: {', '.join(ResultKind.names())}. Default: all of them.")
@click.option("--all", "every", is_flag=True, help="All finished recordings, instead of RECORDING_IDs.")
@click.option("--hold", is_flag=True, help="Hold new versions of insights until you promote or discard them.")
@click.option("--wait", is_flag=True, help="Wait until everything is finished, and show what is still missing.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600.0,
    show_default=True,
    help="With --wait: seconds.",
)
@click.pass_context
def reprocess(
    ctx: click.Context,
    /,
    keys: tuple[str, ...],
    assets: str | None,
    every: bool,
    hold: bool,
    wait: bool,
    timeout: float,
) -> None:
    """Make results of the recordings RECORDING_ID again, by a backfill in the running system.

    The beginning of an id is enough if it is unique. A transcript that was paid for is not bought again for the same
    options. Earlier versions are kept, and minutes are updated automatically when a result changes. A failed recording
    starts over when everything is selected. Many recordings share runs, which new recordings overtake.

    With --hold, the record, its minutes and its webhooks stay as they are: `diff` shows what a new version would change,
    `versions promote` makes it the current one.

    Exit codes: 0 started (with --wait: completed), 2 nothing was started, 3 something failed, 4 not finished in time.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.reprocessing import wait_until_ended
    from meeting_pipeline.steps.operations.reprocess import limit_notice, make_plan, start

    if bool(keys) == every:
        raise click.UsageError("Name RECORDING_IDs, or use --all.")
    with installation() as opened:
        chosen = _chosen(assets, hold=hold)  # not earlier: the installation may have custom insights
        plan = make_plan(opened, resolve(opened, keys), chosen, hold=hold)
        for left in plan.left:
            click.echo(f"Unchanged: {left.key} ({left.reason})", err=True)
        started = start(opened, plan, chosen, hold=hold)
        for left in started.left:
            click.echo(f"Unchanged: {left.key} ({left.reason})", err=True)
        if started.backfill is not None:
            click.echo(f"Backfill {started.backfill}: {', '.join(chosen)} of {len(started.backfilled)} recordings.")
            click.echo(f"Follow it: {started.url}")
        elif started.shared is not None:
            held = ", to be held" if started.held else ""
            click.echo(f"{', '.join(chosen)} of {len(started.backfilled)} recordings{held}, in {started.runs} runs.")
            click.echo(f"Follow them: {started.url}")
        for key in started.retried:
            click.echo(f"Starts over: {key}")
        notice = limit_notice(opened, started)
        if notice is not None:
            click.echo(notice, err=True)
        if not (started.backfill or started.shared or started.retried):
            advice = "`meeting-pipeline list` shows the recordings."
            raise OperatorError("nothing_to_do", "Nothing was started.", advice)
        if wait:
            ctx.exit(wait_until_ended(opened, started, timeout, click.echo))


def _chosen(text: str | None, *, hold: bool) -> tuple[str, ...]:
    """The selected assets. With ``hold``, by default all that can be held. Raises: UsageError, OperatorError ``not_held``."""
    from meeting_pipeline.steps.operations.reprocess import what_can_be_held

    if not hold:
        return read_assets(text)
    return what_can_be_held(read_assets(text) if text is not None else None)


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
