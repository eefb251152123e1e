"""Which recordings have changed since the cross-meeting tables were written, and the latest version of the tables.

Each outcome, retry and deletion marks its recording here, in its own transaction; a finished refresh removes the marks. So
missing rows are found without reading the tables, and nothing is lost if a refresh dies.
Must not go here: the tables (``catalog/``), when they are written (``defs/sensors/results_changed.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, func, select, text
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.column_types import UtcDateTime
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import CatalogChange, CatalogVersion

_THE_ONE: Final = 1
"""Id of the only row of the table."""
_NOTE = text(
    "INSERT INTO catalog_changes (recording_key, mark, since, changed_at) VALUES (:key, :mark, :at, :at) "
    "ON CONFLICT (recording_key) DO UPDATE SET mark = excluded.mark, changed_at = excluded.changed_at"
).bindparams(bindparam("at", type_=UtcDateTime()))


@dataclass(frozen=True)
class Behind:
    """What the tables lack. ``version``: of the tables written last; ``None``: none were."""

    version: str | None
    changes: Mapping[str, str]
    """Recording -> the mark of its latest change."""


def note_table_change(session: Session, key: str, at: datetime) -> None:
    """Mark the recording's rows in the tables for being made again or removed. The caller holds the recording's row lock."""
    session.connection().execute(_NOTE, {"key": key, "mark": new_id(), "at": at})


@retrying
class TableChanges:
    """Repository of the changes that the cross-meeting tables lack."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def version(self) -> str | None:
        """The version of the tables that were written last."""
        with self._context.database.read() as session:
            return session.scalar(select(CatalogVersion.version))

    def due(self) -> str | None:
        """Identifies the changes that the tables lack, if it is time to write them; otherwise ``None``.

        It is after ``CATALOG_QUIET_SECONDS`` without a new change, or when the oldest has waited ``CATALOG_MAX_WAIT_SECONDS``.
        """
        query = select(func.count(), func.min(CatalogChange.since), func.max(CatalogChange.changed_at))
        with self._context.database.read() as session:
            number, oldest, newest = session.execute(query).one()
        if not number:
            return None
        now = self._context.now()
        quiet = now - newest >= timedelta(seconds=policies.CATALOG_QUIET_SECONDS)
        overdue = now - oldest >= timedelta(seconds=policies.CATALOG_MAX_WAIT_SECONDS)
        return f"{number} until {newest.isoformat()}" if quiet or overdue else None

    def behind(self) -> Behind:
        """What the tables lack, and the version that they must have to need nothing else."""
        with self._context.database.read() as session:
            version = session.scalar(select(CatalogVersion.version))
            rows = session.execute(select(CatalogChange.recording_key, CatalogChange.mark)).all()
        return Behind(version, {row.recording_key: row.mark for row in rows})

    def written(self, version: str) -> None:
        """The tables have been written, as this version."""
        with self._context.database.write() as session:
            row = session.get(CatalogVersion, _THE_ONE, with_for_update=True)
            if row is None:
                session.add(CatalogVersion(id=_THE_ONE, version=version))
            else:
                row.version = version

    def settle(self, changes: Mapping[str, str]) -> None:
        """The tables have these changes. A recording that has changed since stays noted."""
        noted = sorted(changes.items())
        for start in range(0, len(noted), AT_ONCE):
            part = dict(noted[start : start + AT_ONCE])
            gone = delete(CatalogChange).where(
                CatalogChange.recording_key.in_(part), CatalogChange.mark.in_(part.values())
            )
            with self._context.database.write() as session:
                session.execute(gone, execution_options={"synchronize_session": False})
