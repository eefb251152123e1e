"""Moves the SQLite files of a home aside once their rows are in PostgreSQL, so that no system starts on them by mistake.

Must not go here: when this happens (``moving.py``).
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.atomic_files import sync_folder
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.moving.sole_use import is_used_by_others

ASIDE: Final = "moved-to-postgresql-"
"""Prefix of the folder for the SQLite files that were moved from; the time follows."""


def require_sole_use(local: Settings, advice: str) -> None:
    """A `serve` or a command that has the file open would write into it after it was moved aside. Raises: OperatorError."""
    try:
        is_used = is_used_by_others(local.database_file)
    except sqlite3.Error as error:
        raise OperatorError(
            "database_unusable", f"{local.database_file} cannot be opened: {error}.", "Check the file and its disk."
        ) from error
    if is_used:
        raise OperatorError(
            "database_in_use",
            f"Another program, such as `serve`, has {local.database_file} open. What it writes would be lost.",
            f"{advice}, and move again. Everything is still in the old database.",
        )


def archive_sqlite_files(local: Settings) -> Path:
    """Move the SQLite files, the store's and Dagster's, into a folder of the home. Raises: OperatorError ``not_put_aside``.

    The store's is one file by now, see ``is_used_by_others``. It goes first: a system that starts on what is left of a move
    that was interrupted finds no recordings, and with the address of the new database it finds all.
    """
    aside = local.home / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S}"
    try:
        aside.mkdir(mode=0o700, exist_ok=True)
        if local.database_file.is_symlink():  # perhaps to another file system, and relative to the home
            (aside / local.database_file.name).symlink_to(local.database_file.resolve())
            local.database_file.unlink()
        else:
            local.database_file.rename(aside / local.database_file.name)
        sync_folder(local.home)
        history = local.dagster_home / "storage"
        if history.exists():
            history.rename(aside / "dagster-storage")
    except OSError as error:
        raise OperatorError(
            "not_put_aside",
            f"Everything was copied, but the SQLite files could not be moved to {aside}: {error.strerror}.",
            f"Nothing may start on them: move {local.database_file.name} there yourself, if it is still in {local.home}, and "
            f"start `up` with {VARIABLES['database_url']}.",
        ) from error
    return aside


def linked(local: Settings, aside: Path | None) -> Iterator[str]:
    """For people: where the file is, if the renamed entry is a link to it."""
    link = None if aside is None else aside / local.database_file.name
    if link is not None and link.is_symlink():
        yield f"{link} is a link: the file itself is {link.resolve()}. Remove that too when the new database works."
