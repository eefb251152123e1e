"""Dagster's storage on PostgreSQL: it keeps a connection, looks for its tables once per process, and one machine sizes pools.

Dagster looks for its tables whenever it opens its storage, which a code server does at every tick of a sensor: three connections
and some twenty queries. Must not go here: connections (``postgres_engines.py``).
"""

from typing import TYPE_CHECKING, Any, Final

from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import pg_url_from_config
from sqlalchemy.dialects.postgresql import insert

from meeting_pipeline.dagster_internals import ConcurrencyLimitsTable
from meeting_pipeline.dagster_storage.alembic_scripts import prepare_alembic
from meeting_pipeline.dagster_storage.postgres_engines import engine_of

if TYPE_CHECKING:
    from meeting_pipeline.dagster_internals import ConfigurableClassData

_prepared: Final[set[str]] = set()
"""URLs of databases whose tables exist. A database that is dropped and made again needs a restart."""
_tables: Final[set[tuple[str, str]]] = set()
"""URL and name of each table that was found: Dagster asks again at every event with tags, over a second connection."""


class PostgresEventLog(PostgresEventLogStorage):
    """The event log, whose pools keep their limit until the machine with ``up`` changes it (``defs/sensors/pools.py``).

    Dagster has every run set a pool to the default limit of its own machine. On PostgreSQL its statement for that fails where
    the pool exists, and the run fails with it: whenever a worker's ``dagster.yaml`` has another limit than that of ``up``. Where
    that file has none, Dagster deletes the pool instead, and nothing limits the runs of other machines any more.
    """

    def __init__(self, postgres_url: str) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine = engine_of(postgres_url)

    def has_table(self, table_name: str) -> bool:
        """Whether the database has this table, which Dagster never drops."""
        table = (self.postgres_url, table_name)
        if table not in _tables and super().has_table(table_name):
            _tables.add(table)
        return table in _tables

    def initialize_concurrency_limit_to_default(self, concurrency_key: str) -> bool:
        """Create a pool of this name with the default limit, unless there is one. Returns whether pools have a default limit."""
        default = self._instance.global_op_concurrency_default_limit if self.has_instance else None
        if default is None:
            return False
        values = {"concurrency_key": concurrency_key, "limit": default, "using_default_limit": True}
        with self.index_transaction() as connection:
            made = connection.execute(insert(ConcurrencyLimitsTable).values(**values).on_conflict_do_nothing())
            if made.rowcount:
                self._allocate_concurrency_slots(connection, concurrency_key, default)
        return True


class PostgresRuns(PostgresRunStorage):
    """The runs, with the kept connection."""

    def __init__(self, postgres_url: str) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine = engine_of(postgres_url)


class PostgresTicks(PostgresScheduleStorage):
    """The sensors and their ticks, with the kept connection."""

    def __init__(self, postgres_url: str) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine = engine_of(postgres_url)


class PostgresStorage(DagsterPostgresStorage):
    """``storage.custom`` of ``dagster.yaml`` with PostgreSQL."""

    def __init__(self, postgres_url: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        prepare_alembic()
        super().__init__(postgres_url, should_autocreate_tables=postgres_url not in _prepared, inst_data=inst_data)
        self._run_storage = PostgresRuns(postgres_url)
        self._event_log_storage = PostgresEventLog(postgres_url)
        self._schedule_storage = PostgresTicks(postgres_url)
        _prepared.add(postgres_url)

    @classmethod
    def from_config_value(cls, inst_data: "ConfigurableClassData | None", config_value: Any) -> "PostgresStorage":
        """Create the storage from ``dagster.yaml``."""
        return cls(pg_url_from_config(config_value), inst_data)
