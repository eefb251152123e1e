"""Dagster's SQLite storages of runs (``runs.db``) and of ticks (``schedules.db``), on connections that stay open.

The tables and queries are Dagster's; only how it connects is ours. Must not go here: connections (``sqlite_engines.py``).
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Self

from meeting_pipeline.dagster_internals import ConfigurableClassData, SqliteRunStorage, SqliteScheduleStorage
from meeting_pipeline.dagster_storage.sqlite_engines import connected, preparing

if TYPE_CHECKING:
    import sqlalchemy as sa

_URL: Final = "sqlite:///"


class _OneFile:
    """How both connect. Comes before Dagster's class, whose methods it calls."""

    _file_name: ClassVar[str]

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._path = Path(conn_string.removeprefix(_URL))
        super().__init__(conn_string, inst_data)  # type: ignore[call-arg]  # Dagster's class follows

    @classmethod
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> Self:
        """Open the storage; the first one in a process checks its tables."""
        path = Path(base_dir) / cls._file_name
        with preparing(path) as first:
            if first:
                super().from_local(base_dir, inst_data)  # type: ignore[misc]  # Dagster's class follows
        return cls(f"{_URL}{path.absolute()}", inst_data)

    def connect(self) -> AbstractContextManager["sa.Connection"]:
        """A transaction on the file."""
        return connected(self._path)


class RunStorage(_OneFile, SqliteRunStorage):  # type: ignore[misc]  # Dagster's ``connect`` is a generator
    """Dagster's runs, in ``runs.db``."""

    _file_name = "runs.db"


class ScheduleStorage(_OneFile, SqliteScheduleStorage):  # type: ignore[misc]  # Dagster's ``connect`` is a generator
    """Dagster's sensors, schedules and their ticks, in ``schedules.db``."""

    _file_name = "schedules.db"
    _instigators_seen = False

    def has_instigators_table(self) -> bool:
        """Whether that table exists, which Dagster asks several times for each tick. It is never removed."""
        with self.connect() as connection:
            return self._has_instigators_table(connection)

    def _has_instigators_table(self, conn: "sa.Connection") -> bool:
        self._instigators_seen = self._instigators_seen or super()._has_instigators_table(conn)
        return self._instigators_seen
