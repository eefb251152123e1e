"""``meeting-pipeline cancel``.

Must not go here: what a cancellation does (``steps/operations/cancel.py``, ``store/recordings/cancelling.py``).
"""

from typing import TYPE_CHECKING

import click

from meeting_pipeline.domain.errors import OperatorError

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation


@click.command("cancel", short_help="Cancel recordings; nothing more is bought for them.")
@click.argument("keys", nargs=-1, required=True, metavar="RECORDING_ID [RECORDING_ID]...")
def cancel(keys: tuple[str, ...]) -> None:
    """End the recordings RECORDING_ID as failed with the code `cancelled`, at any stage, and inform their submitters.

    The beginning of an id is enough if it is unique. Nothing more is uploaded, ordered or extracted. An order that a
    provider already has is kept in the ledger, and collected if the recording is reprocessed later. For a recording that
    has an outcome, only runs that reprocess it are stopped.

    Exit codes: 0 something was cancelled, 2 nothing was.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_keys

    with installation() as opened:
        done = [_cancel(opened, key) for key in resolve_keys(opened.store.database, keys)]
    if not any(done):
        raise OperatorError("nothing_to_do", "Nothing was cancelled.", "`meeting-pipeline list` shows the recordings.")


def _cancel(opened: "Installation", key: str) -> bool:
    from meeting_pipeline.steps.operations.cancel import cancel as cancel_recording
    from meeting_pipeline.store.recordings.cancelling import CancelOutcome

    done = cancel_recording(opened, key)
    if done.trouble is not None:
        click.echo(
            f"Runs of {key} could not be stopped, but they can no longer change anything: {done.trouble.message}",
            err=True,
        )
    runs = f", {done.stopped} run{'s' if done.stopped > 1 else ''} stopped" if done.stopped else ""
    if done.outcome is CancelOutcome.FAILED:
        click.echo(f"Cancelled: {key}{runs}")
    elif done.did_something:
        click.echo(f"Stopped the reprocessing of {key}; it stays {done.status.value}{runs}")
    else:
        click.echo(f"Unchanged: {key} (it is already {done.status.value})", err=True)
    return done.did_something
