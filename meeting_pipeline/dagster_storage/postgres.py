"""Dagster's storage on PostgreSQL: it keeps a connection, inspects its tables once per process, and one machine sizes pools.

Dagster looks for its tables whenever it opens its storage, which a code server does at every tick of a sensor: three connections
and some twenty queries. Must not go here: connections (``postgres_engines.py``).
"""

from functools import partial
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
from meeting_pipeline.dagster_storage.compressed_text import compress_events
from meeting_pipeline.dagster_storage.known_schema import has
from meeting_pipeline.dagster_storage.postgres_engines import engine_of, webserver_engine

if TYPE_CHECKING:
    import sqlalchemy as sa

    from meeting_pipeline.dagster_internals import ConfigurableClassData

_prepared: Final[set[str]] = set()
"""URLs of databases whose tables exist. A database that is dropped and made again needs a restart."""


class _InWebserver:
    """What the webserver does with each part of the storage."""

    postgres_url: str
    _engine: "sa.Engine"

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """Use connections with the webserver's limits."""
        self._engine = webserver_engine(self.postgres_url, statement_timeout, pool_recycle, max_overflow)


class PostgresEventLog(_InWebserver, PostgresEventLogStorage):
    """The event log, whose pools keep their limit until the machine with ``up`` changes it (``defs/sensors/pools.py``).

    Dagster has every run set a pool to the default limit of its own machine. On PostgreSQL its statement for that fails where
    the pool exists, and the run fails with it: whenever a worker's ``dagster.yaml`` has another limit than that of ``up``. Where
    that file has none, Dagster deletes the pool instead, and nothing limits the runs of other machines any more.
    """

    def __init__(self, postgres_url: str) -> None:
        compress_events()
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine = engine_of(postgres_url)

    def has_table(self, table_name: str) -> bool:
        """Whether the database has this table. Dagster asks over a second connection while it stores an event with tags."""
        return has(self.postgres_url, f"table {table_name}", partial(super().has_table, table_name))

    def has_secondary_index(self, name: str) -> bool:
        """Whether a migration of data has been completed."""
        return has(self.postgres_url, f"index {name} of events", partial(super().has_secondary_index, name))

    def _has_asset_key_col_on_connection(self, conn: "sa.Connection", column_name: str) -> bool:
        look = partial(super()._has_asset_key_col_on_connection, conn, column_name)
        return has(self.postgres_url, f"{column_name} of assets", look)

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


class PostgresRuns(_InWebserver, PostgresRunStorage):
    """The runs, with the kept connection."""

    def __init__(self, postgres_url: str) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine = engine_of(postgres_url)

    def has_run_stats_index_cols(self) -> bool:
        """Whether runs have their start and end in columns."""
        return has(self.postgres_url, "times of runs", super().has_run_stats_index_cols)

    def has_backfill_id_column(self) -> bool:
        """Whether runs have their backfill in a column."""
        return has(self.postgres_url, "backfills of runs", super().has_backfill_id_column)

    def has_built_index(self, migration_name: str) -> bool:
        """Whether a migration of data has been completed."""
        return has(
            self.postgres_url, f"index {migration_name} of runs", partial(super().has_built_index, migration_name)
        )


class PostgresTicks(_InWebserver, PostgresScheduleStorage):
    """The sensors and their ticks, with the kept connection."""

    def __init__(self, postgres_url: str) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False)
        self._engine = engine_of(postgres_url)

    def has_instigators_table(self) -> bool:
        """Whether sensors have a table of their own. Dagster asks several times for each tick."""
        return has(self.postgres_url, "instigators", super().has_instigators_table)

    def _has_instigators_table(self, conn: "sa.Connection") -> bool:
        return has(self.postgres_url, "instigators", partial(super()._has_instigators_table, conn))

    def has_built_index(self, migration_name: str) -> bool:
        """Whether a migration of data has been completed."""
        return has(
            self.postgres_url, f"index {migration_name} of ticks", partial(super().has_built_index, migration_name)
        )


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
