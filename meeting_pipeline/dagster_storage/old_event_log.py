"""Converts the event log of a home that Dagster's own SQLite storage wrote: a file per run, and an index of them.

The index has every materialization, observation, check and change of a run's status, for all runs: all that lineage,
partitions and sensors need. It becomes the new event log. The other events of earlier runs (the lines of their log pages)
exist only in the runs' own files, numbered in a way that cannot be merged in order; they are removed.
Must not go here: anything about the storage in use (``sqlite.py``).
"""

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from meeting_pipeline.dagster_storage.policies import BUSY_SECONDS
from meeting_pipeline.domain.errors import OperatorError

_log = logging.getLogger(__name__)


def convert_old_event_log(folder: Path, target: Path) -> bool:
    """Make the new event log from the old one in ``folder``, then remove the old one. Returns whether there was one.

    Can be repeated after a crash at any point. Call it while nothing else uses either. Raises: OSError; OperatorError
    ``database_unusable``.
    """
    if not folder.is_dir():
        return False
    index = folder / "index.db"
    if index.is_file() and not target.exists():
        draft = target.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        try:
            with (
                closing(sqlite3.connect(index, timeout=BUSY_SECONDS)) as reader,
                closing(sqlite3.connect(draft)) as writer,
            ):
                reader.backup(writer)
        except sqlite3.Error as error:
            raise OperatorError(
                "database_unusable",
                f"Dagster's event log {index} cannot be read: {error}.",
                f"Restore it from a backup, or remove {folder}: `meeting-pipeline reconcile` makes Dagster's records again.",
            ) from error
        draft.replace(target)
    _log.info(
        "converted Dagster's event log; the log lines of %d earlier runs are gone", len(list(folder.glob("*.db")))
    )
    shutil.rmtree(folder)
    return True
