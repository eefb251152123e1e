"""``meeting-pipeline delete``.

Must not go here: what is deleted (``steps/operations/delete.py``).
"""

import click


@click.command("delete", short_help="Delete finished recordings for good.")
@click.argument("keys", nargs=-1, required=True, metavar="RECORDING_ID [RECORDING_ID]...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--drop-deliveries", is_flag=True, help="Delete it even if webhooks are not delivered yet, and drop them."
)
def delete(keys: tuple[str, ...], yes: bool, drop_deliveries: bool) -> None:
    """Delete the recordings RECORDING_ID: files, results, events, and all data about their submitters. This cannot be undone.

    The beginning of an id is enough if it is unique. Only finished recordings can be deleted: `cancel` ends the others.
    Their costs stay in the ledger (`ledger`). The running system soon erases their traces in Dagster, logs and the tables
    over all meetings, and transcripts at the provider; `deletions RECORDING_ID` shows the receipt.

    Exit codes: 0 all are deleted, 1 the deletion was not confirmed, 2 one could not be deleted; those before it are
    deleted.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.operations.delete import delete_recording
    from meeting_pipeline.store.recordings.cli_queries import resolve_keys

    with installation() as opened:
        found = resolve_keys(opened.store.database, keys)
        if not yes:
            for key in found:
                click.echo(f"{key}  {opened.store.recordings.get(key).title}")
            click.confirm(f"Delete {'this recording' if len(found) == 1 else 'these recordings'} for good?", abort=True)
        for key in found:
            delete_recording(opened, key, "command line", drop_deliveries=drop_deliveries)
            click.echo(f"Deleted: {key}")
    click.echo(
        "The running system erases copies elsewhere. To see its progress: meeting-pipeline deletions RECORDING_ID",
        err=True,
    )
