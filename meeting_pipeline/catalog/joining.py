"""Joins the parts of a cross-meeting table into one file, in the order of the table.

It is made on demand at a path that a person chooses: a copy that every refresh writes would cost more with each meeting, and a
copy in the home would keep words of deleted meetings.
Must not go here: writing the parts (``files.py``).
"""

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.catalog import files, parts, tables
from meeting_pipeline.catalog.columns import table_columns
from meeting_pipeline.catalog.csv_cells import write_csv
from meeting_pipeline.catalog.refreshing import current_layout
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.installation import Installation

if TYPE_CHECKING:
    from pandas import DataFrame

CSV: Final = ".csv"
PARQUET: Final = ".parquet"
_DAY: Final = {"meetings": "date", "action_item_register": "meeting_date"}
"""The column of each table with the date of the meeting."""


def joined(installation: Installation, table: str, since: str = "") -> "DataFrame":
    """The whole table, or the meetings of a month and later: ``since`` is one such as ``2026-11``.

    Meetings are selected by their present date. A part is named after the dates in their ids, which a correction does not change.

    Raises: OperatorError ``tables_not_written``.
    """
    import pandas as pd

    folder, columns = installation.settings.exports, table_columns()
    found = [tables.frames([])[table]]
    with files.locked_tables(folder):
        note = files.read_note(
            folder, installation.store.table_changes.version(), current_layout(installation.settings)
        )
        for name, part in (note.parts if note is not None else {}).items():
            if name == parts.EMPTY:
                continue
            rows = files.read_part(folder, name, part, {table: columns[table]})
            if rows is None:
                note = None
                break
            found.append(rows[table])
    if note is None:
        raise OperatorError(
            "tables_not_written",
            "The tables over all meetings are not written, or a file of them was changed.",
            "Start `meeting-pipeline up`: it writes them within two minutes. Or materialize the asset `meetings` in the UI.",
        )
    whole = tables.in_order(table, pd.concat(found, ignore_index=True).astype(columns[table]))
    return whole[whole[_DAY[table]] >= pd.Timestamp(f"{since}-01")].reset_index(drop=True) if since else whole


def write_joined(frame: "DataFrame", target: Path) -> None:
    """Write a table to a CSV or Parquet file, by its ending; it is replaced when the new one is complete."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    try:
        if target.suffix.lower() == PARQUET:
            frame.to_parquet(draft, index=False)
        else:
            write_csv(frame, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
