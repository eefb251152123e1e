"""``meeting-pipeline cancel``.

Must not go here: GraphQL (``dagster_api.py``), what a cancellation does to a recording (``store/handover.py``).
"""

from typing import TYPE_CHECKING

import click

from meeting_pipeline.domain.errors import OperatorError

if TYPE_CHECKING:
    from meeting_pipeline.steps.opening import Installation


@click.command("cancel", short_help="End recordings as failed, and buy nothing more for them.")
@click.argument("keys", nargs=-1, required=True, metavar="KEY [KEY]...")
def cancel(keys: tuple[str, ...]) -> None:
    """End the recordings KEY as failed with the code `cancelled`, wherever they are, and tell their submitters.

    The beginning of a key is enough, if only one begins so. Nothing more is uploaded, ordered or asked for. An order
    that a provider has already is kept in the ledger, and collected if the recording is reprocessed later. Of a
    recording that has an outcome only the runs that make it again are stopped.

    Exit codes: 0 something was cancelled, 2 nothing was.
    """
    from meeting_pipeline.cli.opening import installation
    from meeting_pipeline.cli.reprocess import resolve

    with installation() as opened:
        done = [_cancel(opened, key) for key in resolve(opened, keys)]
    if not any(done):
        raise OperatorError("nothing_to_do", "Nothing was cancelled.", "`meeting-pipeline list` shows the recordings.")


def _cancel(opened: "Installation", key: str) -> bool:
    from meeting_pipeline.store.lifecycle import Cancelled

    # The store first: from here on its workers change nothing, whether or not Dagster can stop them.
    outcome = opened.store.lifecycle.cancel(key)
    stopped = _stop_runs(opened, key)
    runs = f", {stopped} run{'s' if stopped > 1 else ''} stopped" if stopped else ""
    if outcome is Cancelled.FAILED:
        click.echo(f"Cancelled: {key}{runs}")
        return True
    status = opened.store.recordings.get(key).status
    if outcome is Cancelled.STOPPED or stopped:
        click.echo(f"Stopped the reprocessing of {key}; it stays {status}{runs}")
        return True
    click.echo(f"Left alone: {key} (it is {status} already)", err=True)
    return False


def _stop_runs(opened: "Installation", key: str) -> int:
    """How many of the recording's runs Dagster was asked to stop; their workers are fenced already."""
    from meeting_pipeline.cli.dagster_api import DagsterApi
    from meeting_pipeline.running.ownership import running_owner

    owner = running_owner(opened.settings.home)
    if owner is None:  # nothing runs; a queued run finds at its start that it is not wanted any more
        return 0
    api = DagsterApi(owner.url)
    try:
        runs = api.unfinished_runs(key)
        api.terminate(runs)
    except OperatorError as error:
        click.echo(f"Runs of {key} were not stopped, but can change nothing more: {error.message}", err=True)
        return 0
    return len(runs)
