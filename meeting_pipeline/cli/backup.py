"""``meeting-pipeline backup``.

Must not go here: writing and checking (``backup/``).
"""

from pathlib import Path

import click

from meeting_pipeline.cli.errors import ExitCode, Refused
from meeting_pipeline.domain.units import BYTES_PER_MB


@click.command("backup", short_help="Write and verify a backup, or check one.")
@click.argument("path", metavar="DESTINATION", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Check the backup at DESTINATION instead of writing one.")
@click.pass_context
def backup(ctx: click.Context, path: Path, verify: bool) -> None:
    """Write a backup into the new folder DESTINATION: database, Dagster's storage, keys and recordings.

    The system may run meanwhile. The name of the folder ends with `.incomplete` until everything in it has been read back
    and verified. It contains keys and recordings: keep it as private as the home. With PostgreSQL, `pg_dump` of the
    server's version or newer is needed.

    Exit codes: 0 done, 1 with --verify: the backup is not sound, 2 nothing was written.
    """
    import signal

    from meeting_pipeline.backup.checking import check_backup
    from meeting_pipeline.backup.writing import write_backup
    from meeting_pipeline.domain.errors import PermanentError
    from meeting_pipeline.settings import load_settings

    if verify:
        try:
            manifest = check_backup(path.absolute())
        except PermanentError as error:
            Refused(error).show()
            ctx.exit(ExitCode.CHECK_FAILED)
        click.echo(f"Sound: {path}")
    else:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # removes an incomplete backup then too
        try:
            manifest = write_backup(load_settings(), path, click.echo)
        finally:
            signal.signal(signal.SIGTERM, before)
        click.echo(f"Backup:      {path}")
    click.echo(
        f"Made at:     {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC by {manifest.program}, schema {manifest.schema_revision}"
    )
    click.echo(
        f"Contains:    {manifest.recordings} recordings, {manifest.files} files, {manifest.size_bytes / BYTES_PER_MB:.1f} MB"
    )
    for absent in manifest.absent:
        click.echo(f"Incomplete:  {absent.key}: {absent.file} ({absent.reason})")
