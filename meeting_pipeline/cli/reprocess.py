"""``meeting-pipeline reprocess``.

Must not go here: GraphQL (``dagster_api.py``), waiting for the end (``reprocessing.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.models import RecordingStatus, ResultKind

if TYPE_CHECKING:
    from meeting_pipeline.steps.opening import Installation

_EVERYTHING = tuple(kind.value for kind in ResultKind)


@dataclass(frozen=True)
class Plan:
    """What is done with each recording: put back to its first stage, made again by a backfill, or left alone."""

    retried: tuple[str, ...] = ()
    backfilled: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    """Key and reason."""


@click.command("reprocess", short_help="Make results of recordings again.")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--assets", help=f"Comma-separated: {', '.join(_EVERYTHING)}. Default: all of them.")
@click.option("--all", "every", is_flag=True, help="All finished recordings instead of KEYs.")
@click.option("--wait", is_flag=True, help="Wait until everything has ended, and say what is still missing.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600.0,
    show_default=True,
    help="With --wait: seconds.",
)
@click.pass_context
def reprocess(
    ctx: click.Context, /, keys: tuple[str, ...], assets: str | None, every: bool, wait: bool, timeout: float
) -> None:
    """Make results of the recordings KEY again, by a backfill in the running system.

    The beginning of a key is enough, if only one begins so. A transcript that was paid for is not bought again for the
    same options. Earlier versions are kept, and minutes follow a changed result by themselves. A failed recording
    starts over when everything is asked for.

    Exit codes: 0 started (with --wait: ended well), 2 nothing was started, 3 something failed, 4 not finished in time.
    """
    from meeting_pipeline.cli.dagster_api import DagsterApi
    from meeting_pipeline.cli.opening import installation
    from meeting_pipeline.cli.reprocessing import Started, wait_until_ended
    from meeting_pipeline.running.ownership import running_owner

    if bool(keys) == every:
        raise click.UsageError("Give KEYs, or --all.")
    chosen = read_assets(assets)
    with installation() as opened:
        owner = running_owner(opened.settings.home)
        if owner is None:
            raise OperatorError("not_running", "No system is running on this home.", "Start it: meeting-pipeline up")
        plan = make_plan(opened, resolve(opened, keys), chosen)
        for key, reason in plan.left:
            click.echo(f"Left alone: {key} ({reason})", err=True)
        api = DagsterApi(owner.url)
        # First: if the system refuses it, nothing has changed.
        backfill = api.backfill(chosen, plan.backfilled) if plan.backfilled else None
        if backfill is not None:
            click.echo(f"Backfill {backfill}: {', '.join(chosen)} of {len(plan.backfilled)} recordings.")
            click.echo(f"Follow it: {owner.url}/runs/b/{backfill}")
        retried = tuple(key for key in plan.retried if _retry(opened, key))
        for key in retried:
            click.echo(f"Starts over: {key}")
        if backfill is None and not retried:
            advice = "`meeting-pipeline list` shows the recordings."
            raise OperatorError("nothing_to_do", "Nothing was started.", advice)
        if wait:
            ctx.exit(wait_until_ended(opened, api, Started(backfill, plan.backfilled, retried), timeout, click.echo))


def read_assets(text: str | None) -> tuple[str, ...]:
    """The assets asked for, in the order in which they rest on each other. Raises: UsageError."""
    if text is None:
        return _EVERYTHING
    asked = {word.strip() for word in text.split(",") if word.strip()}
    unknown = sorted(asked - set(_EVERYTHING))
    if unknown or not asked:
        named = ", ".join(unknown) or "nothing"
        raise click.BadParameter(f"{named}; choose from {', '.join(_EVERYTHING)}.", param_hint="--assets")
    return tuple(name for name in _EVERYTHING if name in asked)


def resolve(opened: "Installation", keys: Sequence[str]) -> Sequence[str]:
    """The recordings meant; none given means all."""
    from meeting_pipeline.store.lookups import all_keys, resolve_key

    if not keys:
        return all_keys(opened.store.database)
    return tuple(dict.fromkeys(resolve_key(opened.store.database, key) for key in keys))


def make_plan(opened: "Installation", keys: Sequence[str], assets: tuple[str, ...]) -> Plan:
    """What to do with each recording. One that starts over needs no backfill: two runs would ask everything twice."""
    retried, backfilled, left = [], [], []
    for key in keys:
        row = opened.store.recordings.get(key)
        if row.media_file is None and row.transcript_file is None:
            left.append((key, "its file was refused; submit it again"))
        elif not RecordingStatus(row.status).terminal:
            left.append((key, f"it is still {row.status}"))
        elif row.status == RecordingStatus.COMPLETED:
            backfilled.append(key)
        elif assets == _EVERYTHING:
            retried.append(key)
        else:
            left.append((key, "it failed; reprocess it without --assets"))
    return Plan(tuple(retried), tuple(backfilled), tuple(left))


def _retry(opened: "Installation", key: str) -> bool:
    row = opened.store.recordings.get(key)
    provider = opened.speech.choose(has_transcript=row.transcript_file is not None)
    return opened.store.recordings.retry(key, needs_order=provider.remote)
