"""``meeting-pipeline restore``.

Must not go here: restoring (``backup/restoring.py``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from meeting_pipeline.backup.restoring import Restored


@click.command("restore", short_help="Restore a backup into an empty home.")
@click.argument("path", metavar="BACKUP", type=click.Path(path_type=Path))
def restore(path: Path) -> None:
    """Restore the folder BACKUP into the home that the settings name, which must be empty.

    A backup of PostgreSQL goes into the empty database of MEETING_PIPELINE_DATABASE_URL. Nothing is bought: orders that
    were placed are collected when `up` starts, and completed deliveries are not repeated.

    Exit codes: 0 restored, 2 nothing was restored.
    """
    from meeting_pipeline.backup.restoring import restore_backup
    from meeting_pipeline.settings import load_settings

    settings = load_settings()
    for line in _report(restore_backup(settings, path, click.echo), settings.home):
        click.echo(line)


def _report(restored: "Restored", home: Path) -> Iterator[str]:
    from meeting_pipeline.settings import VARIABLES

    manifest, after = restored.manifest, restored.after
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(after.recordings.items())) or "none"
    yield f"Restored to {home}: the state as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC."
    yield f"Recordings: {statuses}."
    yield from restored.reconciled or ("Dagster's records are reconciled with the store when `up` starts.",)
    yield ""
    yield "Check now:"
    for warning in restored.warnings:
        yield f"* {warning}"
    yield "* Stop the old system for good: two systems must not process the same recordings."
    if after.orders:
        yield f"* {after.orders} orders are at the provider: they are collected, not placed again."
    if after.not_ordered:
        yield (
            f"* {after.not_ordered} recordings had no order yet and are ordered when `up` starts. If the old system has ordered "
            "them since, cancel them first (`cancel RECORDING_ID`)."
        )
    if after.deliveries:
        yield (
            f"* {after.deliveries} webhooks were not delivered yet: they are sent, some perhaps twice, with the same event "
            "id."
        )
    if after.mails:
        yield (
            f"* {after.mails} mails were not sent yet: they are sent, some perhaps twice. To send none, unset "
            f"{VARIABLES['mail_server']} before `up`."
        )
    yield "* Recordings submitted after the backup are missing: submit them again."
    yield "* Recordings deleted after the backup are back: delete them again. API keys revoked after it are valid again."
    yield "* `meeting-pipeline ledger --check` lists orders that were placed after the backup."
