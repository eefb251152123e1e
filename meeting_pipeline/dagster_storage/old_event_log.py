"""Converts the event log of a home that Dagster's own SQLite storage wrote: a file per run, and an index of them.

The index has every materialization, observation, check and change of a run's status, for all runs: all that lineage,
partitions and sensors need. It becomes the new event log. The other events of earlier runs (the lines of their log pages)
exist only in the runs' own files, numbered in a way that cannot be merged in order; they are removed.
Must not go here: anything about the storage in use (``sqlite.py``), when it is safe to convert (``supervisor/instance.py``).
"""

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from meeting_pipeline.dagster_storage.policies import BUSY_SECONDS
from meeting_pipeline.domain.errors import OperatorError

_log = logging.getLogger(__name__)
_OLD: Final = "runs"
_CONVERTED: Final = "runs.converted"
EVENT_LOG: Final = "event_log.db"


def has_old_event_log(history: Path) -> bool:
    """Whether this folder holds an event log of Dagster's own storage. ``history``: the folder of ``runs.db``."""
    return (history / _OLD).is_dir() or (history / _CONVERTED).exists()


def convert_old_event_log(history: Path) -> None:
    """Make the new event log from the old one, then remove the old one.

    Call it only while no process uses either. Can be repeated after a crash at any point. If both exist, the old one was used
    last, by an older version of this program, and replaces the new one. Raises: OperatorError ``database_unusable``: nothing
    was changed.
    """
    old, converted = history / _OLD, history / _CONVERTED
    try:
        if (old / "index.db").is_file():
            _copy(old / "index.db", history / EVENT_LOG)
        if old.is_dir():
            _remove(converted)
            old.rename(converted)  # from here on the new one is complete, and in use
            _log.info("Dagster's event log was converted; the log lines of earlier runs are gone")
        _remove(converted)
    except (OSError, sqlite3.Error) as error:
        raise OperatorError(
            "database_unusable",
            f"Dagster's event log in {old} cannot be converted: {error}.",
            "If the disk is full, make room. If the log is damaged, restore it from a backup. Then start again.",
        ) from error


def _copy(index: Path, target: Path) -> None:
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        with (
            closing(sqlite3.connect(index, timeout=BUSY_SECONDS)) as reader,
            closing(sqlite3.connect(draft)) as writer,
        ):
            reader.backup(writer)
            found = [str(row[0]) for row in writer.execute("PRAGMA quick_check(1)")]
            if found != ["ok"]:
                raise sqlite3.DatabaseError("; ".join(found))
            writer.execute("PRAGMA auto_vacuum = INCREMENTAL")  # as in a new one
            writer.execute("VACUUM")  # freed pages hold what was deleted
        with draft.open("rb") as written:
            os.fsync(written.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    for ending in ("-wal", "-shm"):  # of a log that is replaced
        target.with_name(f"{target.name}{ending}").unlink(missing_ok=True)
    draft.replace(target)


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        shutil.rmtree(folder.resolve(), ignore_errors=True)
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
