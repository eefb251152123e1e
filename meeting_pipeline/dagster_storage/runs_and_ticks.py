"""Dagster's SQLite storages of runs (``runs.db``) and of ticks (``schedules.db``), on connections that stay open.

The tables and queries are Dagster's; only how it connects is ours. Must not go here: connections (``engines.py``).
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from meeting_pipeline.dagster_internals import ConfigurableClassData, SqliteRunStorage, SqliteScheduleStorage
from meeting_pipeline.dagster_storage.engines import connected, preparing

if TYPE_CHECKING:
    import sqlalchemy as sa


class RunStorage(SqliteRunStorage):
    """Dagster's runs, in ``runs.db``."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._path = _path_of(conn_string)
        super().__init__(conn_string, inst_data)

    @classmethod
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> Self:
        """Open the storage; the first one in a process checks its tables."""
        path = Path(base_dir) / "runs.db"
        with preparing(path) as first:
            if first:
                super().from_local(base_dir, inst_data)
        return cls(_conn_string(path), inst_data)

    def connect(self) -> AbstractContextManager["sa.Connection"]:  # type: ignore[override]  # Dagster's is a generator
        """A transaction on ``runs.db``."""
        return connected(self._path)


class ScheduleStorage(SqliteScheduleStorage):
    """Dagster's sensors, schedules and their ticks, in ``schedules.db``."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._path = _path_of(conn_string)
        super().__init__(conn_string, inst_data)

    @classmethod
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> "ScheduleStorage":
        """Open the storage; the first one in a process checks its tables."""
        path = Path(base_dir) / "schedules.db"
        with preparing(path) as first:
            if first:
                super().from_local(base_dir, inst_data)
        return cls(_conn_string(path), inst_data)

    def connect(self) -> AbstractContextManager["sa.Connection"]:  # type: ignore[override]  # Dagster's is a generator
        """A transaction on ``schedules.db``."""
        return connected(self._path)


def _conn_string(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


def _path_of(conn_string: str) -> Path:
    return Path(conn_string.removeprefix("sqlite:///"))
