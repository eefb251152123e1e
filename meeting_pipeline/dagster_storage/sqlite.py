"""Dagster's storage on SQLite: three databases whose connections stay open, with the events of all runs in one of them.

Dagster's own SQLite storage gives every run a database file and opens it for every event. Why it is replaced, and what that
saves: docs/adr/0030-dagsters-storage-opened-once.md. A home with the old files is converted at its first start
(``old_event_log.py``). Must not go here: the three storages, or where they are (``supervisor/dagster_yaml.py``).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from meeting_pipeline.dagster_internals import ConfigurableClass, ConfigurableClassData, DagsterStorage
from meeting_pipeline.dagster_storage.alembic_scripts import prepare_alembic
from meeting_pipeline.dagster_storage.event_log import EventLogStorage
from meeting_pipeline.dagster_storage.runs_and_ticks import RunStorage, ScheduleStorage

if TYPE_CHECKING:
    from meeting_pipeline.dagster_internals import UserConfigSchema


class SqliteStorage(DagsterStorage[dg.DagsterInstance], ConfigurableClass):
    """``storage.custom`` of ``dagster.yaml`` with SQLite. ``base_dir``: the folder of the databases."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        prepare_alembic()
        self._inst_data = inst_data
        self._runs = RunStorage.from_local(str(Path(base_dir) / "history"))
        self._events = EventLogStorage(str(Path(base_dir) / "history"))
        self._ticks = ScheduleStorage.from_local(str(Path(base_dir) / "schedules"))
        super().__init__()  # type: ignore[no-untyped-call]  # Dagster gives it no types

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """The data from which Dagster recreates this object elsewhere."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> "UserConfigSchema":
        """The schema of ``config`` in ``dagster.yaml``."""
        return {"base_dir": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "SqliteStorage":
        """Create the storage from ``dagster.yaml``."""
        return cls(config_value["base_dir"], inst_data)

    def register_instance(self, instance: dg.DagsterInstance) -> None:
        """Tell the storages to which instance they belong."""
        super().register_instance(instance)
        for storage in (self._runs, self._events, self._ticks):
            if not storage.has_instance:
                storage.register_instance(instance)

    @property
    def run_storage(self) -> RunStorage:
        """Dagster's runs."""
        return self._runs

    @property
    def event_log_storage(self) -> EventLogStorage:
        """The events of all runs."""
        return self._events

    @property
    def schedule_storage(self) -> ScheduleStorage:
        """Dagster's sensors and ticks."""
        return self._ticks

    def dispose(self) -> None:
        """End what the storages have started. Connections stay open for the next storage of this process."""
        self._events.dispose()
