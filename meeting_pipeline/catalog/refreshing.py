"""Brings the cross-meeting tables up to date: only recordings that changed since they were written are read, once for all tables.

All other rows come from the files written last. They are built anew, in batches, if those are missing, damaged, of another
version of the program, or do not belong to this state of the database, such as after a restore. If this dies at any point, the
next refresh repairs it: changes stay noted until they are written and reported, and files whose version the database does not
name are not trusted.
Must not go here: rows and columns (``tables.py``), files (``files.py``), when to refresh (``defs/sensors/results_changed.py``).
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

from meeting_pipeline.catalog import files, tables
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.engine.row_helpers import new_id

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Current:
    """The tables, by name, as their files have them now."""

    frames: "Mapping[str, DataFrame]"
    _changes: Mapping[str, str]

    def done(self, installation: Installation) -> None:
        """Everybody who shows the tables has been told: these changes need no other refresh."""
        installation.store.table_changes.settle(self._changes)


def current_tables(installation: Installation) -> Current:
    """All tables, after their files were brought up to date."""
    folder, store = installation.settings.exports, installation.store
    with files.alone(folder):
        behind = store.table_changes.behind()
        columns = tables.columns()
        marked = installation.settings.mark_unverified
        layout = _layout(columns, marked=marked)
        known = files.read_tables(columns, folder, behind.version, layout) if behind.version is not None else {}
        if known and not behind.changes:
            return Current(known, {})
        if known:
            fresh = tables.frames(store.records.each_completed(behind.changes), mark_unverified=marked)
            found = {name: tables.replaced(name, known[name], fresh[name], behind.changes) for name in columns}
        else:
            _log.info("the tables over all meetings are built anew")
            found = tables.frames(store.records.each_completed(), mark_unverified=marked)
        version = new_id()
        files.write_tables(found, folder, version, layout)
        store.table_changes.written(version)
        return Current(found, behind.changes)


def current_layout(settings: Settings) -> str:
    """The layout of tables that this program would write now."""
    return _layout(tables.columns(), marked=settings.mark_unverified)


def _layout(columns: dict[str, dict[str, str]], *, marked: bool) -> str:
    """What rows written earlier must have in common with new ones. A new version of the program makes all of them again.

    So does a change of the setting that decides whether unverified items have rows.
    """
    kinds = {name: list(one.items()) for name, one in columns.items()}
    return json.dumps([version_of("meeting-pipeline"), tables.ROWS_VERSION, marked, kinds])
