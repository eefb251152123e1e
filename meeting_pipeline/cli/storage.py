"""``meeting-pipeline storage move``: from the folder of recordings to object storage, and back.

Must not go here: moving (``steps/operations/move_storage.py``).
"""

import time
from typing import Final

import click

_SHOW_SECONDS: Final = 2.0
"""Between two lines of progress: a move can take hours."""
_SHOWN_PROBLEMS: Final = 20
"""Recordings that are named one by one; of the others, the number is printed."""


@click.group("storage", short_help="Move recordings between the folder and object storage.")
def storage() -> None:
    """Move the files of recordings between the folder of this machine and object storage."""


@storage.command("move")
@click.option("--to", "target", type=click.Choice(["bucket", "folder"]), required=True, help="Where to move the files.")
@click.option("--dry-run", is_flag=True, help="Only show how many recordings would be moved.")
def move(target: str, dry_run: bool) -> None:
    """Move the files of all recordings to the bucket of MEETING_PIPELINE_STORAGE_URL, or back to the folder.

    Stop `up` and all workers first. Each file is copied, read back and compared by its hash; then its recording names the
    new place, and the old copy is removed. It can be interrupted at any time: the next call continues. Files on the disk of
    another machine are left there and listed.

    Exit codes: 0 moved, 1 some recordings were left, 2 a problem that the message names.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.errors import ExitCode
    from meeting_pipeline.foundation.ownership import owning
    from meeting_pipeline.steps.operations.move_storage import move_storage

    with installation() as opened:
        to_objects = target == "bucket"
        count = opened.store.file_places.count(in_objects=not to_objects)
        if dry_run:
            click.echo(f"{count} recordings would be moved to the {target}.")
            return
        moved, size, left, shown = 0, 0, 0, time.monotonic()
        with owning(opened.settings.home):
            for one in move_storage(opened, to_objects=to_objects):
                if one.problem is None:
                    moved, size = moved + 1, size + one.size_bytes
                else:
                    left += 1
                    if left <= _SHOWN_PROBLEMS:
                        click.echo(f"Left: {one.key}: {one.problem}.", err=True)
                if time.monotonic() - shown > _SHOW_SECONDS:
                    shown = time.monotonic()
                    click.echo(f"{moved} of {count} recordings, {size:,} bytes")
    click.echo(f"Moved {moved} recordings, {size:,} bytes, to the {target}.")
    if left:
        click.echo(f"{left} recordings were left where they are.", err=True)
        raise SystemExit(ExitCode.CHECK_FAILED)
