"""Brings the cross-meeting tables up to date: reads the changed recordings, and writes the parts with their rows.

Each recording is read once for all tables. The other rows of a part come from the files written last. A part whose files are
missing or damaged is rebuilt; all parts are, month by month, if the files are of another version of the program or do not belong
to this state of the database, such as after a restore. If this dies at any point, the next refresh repairs it: changes stay
recorded until they are written and reported, so the same parts are written again, and files whose version the database does not
name are not trusted.
Must not go here: rows and columns (``tables.py``), files (``files.py``), when to refresh (``defs/sensors/results_changed.py``).
"""

import itertools
import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.catalog import contract_files, files, parts, tables
from meeting_pipeline.catalog.columns import ACTION_ITEMS, MEETINGS, table_columns
from meeting_pipeline.catalog.files import Note, Part
from meeting_pipeline.catalog.sums import added
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.engine.row_helpers import new_id

if TYPE_CHECKING:
    from pandas import DataFrame

    _Parts = Iterator[tuple[str, Mapping[str, DataFrame]]]

_log = logging.getLogger(__name__)
NEWEST: Final = 100
"""Meetings whose rows a refresh returns: those that the assets show."""
_MOST: Final = {MEETINGS: parts.PART_MEETINGS, ACTION_ITEMS: parts.PART_ITEMS}


@dataclass(frozen=True)
class Current:
    """The tables as their files have them now: sums over all rows, and the rows of the newest meetings."""

    sums: Mapping[str, Mapping[str, float]]
    newest: "Mapping[str, DataFrame]"
    _changes: Mapping[str, str]

    def done(self, installation: Installation) -> None:
        """Settle the changes, so that they need no other refresh. Call it once the refresh has been reported to Dagster."""
        installation.store.table_changes.settle(self._changes)


def current_tables(installation: Installation) -> Current:
    """All tables, after their files were brought up to date."""
    folder, store = installation.settings.exports, installation.store
    with files.locked_tables(folder):
        behind = store.table_changes.behind()
        layout = current_layout(installation.settings)
        note = files.read_note(folder, behind.version, layout) if behind.version is not None else None
        if note is None:
            _log.info("the tables over all meetings are rebuilt")
            note = _written(installation, layout, {}, _all_parts(installation))
        else:
            stale = _stale(folder, note, behind.changes)
            if stale:
                kept = {name: part for name, part in note.parts.items() if name not in stale}
                note = _written(installation, layout, kept, _changed_parts(installation, note, stale))
        contract_files.bring_up_to_date(installation, behind.changes, before=behind.version, after=note.version)
        sums = added(part.sums for part in note.parts.values())
        return Current(sums, _newest(folder, note), behind.changes)


def current_layout(settings: Settings) -> str:
    """What rows written earlier must have in common with new ones. A new version of the program makes all of them again.

    So does a change of the setting that decides whether unverified items have rows.
    """
    kinds = {name: list(one.items()) for name, one in table_columns().items()}
    return json.dumps([version_of("meeting-pipeline"), tables.ROWS_VERSION, settings.mark_unverified, kinds])


def _written(installation: Installation, layout: str, kept: Mapping[str, Part], made: "_Parts") -> Note:
    """Write these parts in addition to those that are kept, as a new version."""
    folder, version = installation.settings.exports, new_id()
    kept = {name: part for name, part in kept.items() if name != parts.EMPTY}
    with files.writing(folder) as writer:
        empty = not kept
        for name, rows in made:
            for each, cut in parts.cut(name, rows, _MOST):
                if any(len(frame) for frame in cut.values()):
                    writer.add(each, cut)
                    empty = False
        if empty:
            writer.add(parts.EMPTY, tables.frames([]))
        note = writer.publish(kept, version, layout)
    installation.store.table_changes.written(version)
    return note


def _all_parts(installation: Installation) -> "_Parts":
    """All rows, a month at a time."""
    records, marked = installation.store.records, installation.settings.mark_unverified
    for month, keys in itertools.groupby(sorted(records.finished_keys()), parts.month_of):
        yield month, tables.frames(records.each_completed(list(keys)), mark_unverified=marked)


def _stale(folder: Path, note: Note, changes: Collection[str]) -> dict[str, list[str]]:
    """The parts to write, with the recordings of each that have changed."""
    names = sorted(note.parts)
    stale: dict[str, list[str]] = defaultdict(list)
    for key in changes:
        stale[parts.part_of(key, names)].append(key)
    for name in files.damaged(folder, note):
        stale.setdefault(name, [])
    return stale


def _changed_parts(installation: Installation, note: Note, stale: Mapping[str, Sequence[str]]) -> "_Parts":
    """The new parts: with new rows for what has changed, and the other rows from their files."""
    records, columns, names = installation.store.records, table_columns(), sorted(note.parts)

    def made(keys: Sequence[str]) -> "dict[str, DataFrame]":
        return tables.frames(records.each_completed(keys), mark_unverified=installation.settings.mark_unverified)

    for name, changed in stale.items():
        part, known = note.parts.get(name), None
        if part is not None:
            known = files.read_part(installation.settings.exports, name, part, columns)
            if known is None and name != parts.EMPTY:
                _log.warning("part %s of the tables is rebuilt", name)
                every = records.finished_keys(parts.month_of(name))
                yield name, made([key for key in every if parts.part_of(key, names) == name])
                continue
        fresh = made(changed)
        if known is not None:
            fresh = {table: tables.replaced(table, known[table], fresh[table], changed) for table in columns}
        yield name, fresh


def _newest(folder: Path, note: Note) -> "dict[str, DataFrame]":
    """The rows of the newest meetings, from the last parts."""
    import pandas as pd

    columns = table_columns()
    found: list[dict[str, DataFrame]] = []
    for name in sorted(note.parts, reverse=True):
        rows = files.read_part(folder, name, note.parts[name], columns)
        if rows is not None:  # nobody else writes; if somebody edits them at this moment, the next refresh repairs it
            found.append(rows)
        if sum(len(one[MEETINGS]) for one in found) >= NEWEST:
            break
    whole = {
        table: tables.in_order(table, pd.concat([one[table] for one in found], ignore_index=True)) if found else frame
        for table, frame in tables.frames([]).items()
    }
    meetings = whole[MEETINGS].tail(NEWEST)
    items = whole[ACTION_ITEMS]
    return {MEETINGS: meetings, ACTION_ITEMS: items[items["recording_id"].isin(meetings["recording_id"])]}
