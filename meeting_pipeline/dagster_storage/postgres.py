"""Dagster's storage on PostgreSQL, which looks for its tables once per process and lets one machine decide how large pools are.

Dagster looks for its tables whenever it opens its storage, which a code server does at every tick of a sensor: three connections
and some twenty queries. Must not go here: connections, which are Dagster's.
"""

from typing import TYPE_CHECKING, Any, Final

from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.utils import pg_url_from_config
from sqlalchemy.dialects.postgresql import insert

from meeting_pipeline.dagster_internals import ConcurrencyLimitsTable
from meeting_pipeline.dagster_storage.alembic_scripts import prepare_alembic

if TYPE_CHECKING:
    from meeting_pipeline.dagster_internals import ConfigurableClassData

_prepared: Final[set[str]] = set()
"""URLs of databases whose tables exist. A database that is dropped and made again needs a restart."""


class PostgresEventLog(PostgresEventLogStorage):
    """The event log, whose pools keep their limit until the machine with ``up`` changes it (``defs/sensors/pools.py``).

    Dagster has every run set a pool to the default limit of its own machine. On PostgreSQL its statement for that fails where
    the pool exists, and the run fails with it: whenever a worker's ``dagster.yaml`` has another limit than that of ``up``. Where
    that file has none, Dagster deletes the pool instead, and nothing limits the runs of other machines any more.
    """

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


class PostgresStorage(DagsterPostgresStorage):
    """``storage.custom`` of ``dagster.yaml`` with PostgreSQL."""

    def __init__(self, postgres_url: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        prepare_alembic()
        super().__init__(postgres_url, should_autocreate_tables=postgres_url not in _prepared, inst_data=inst_data)
        self._event_log_storage = PostgresEventLog(postgres_url, should_autocreate_tables=False)
        _prepared.add(postgres_url)

    @classmethod
    def from_config_value(cls, inst_data: "ConfigurableClassData | None", config_value: Any) -> "PostgresStorage":
        """Create the storage from ``dagster.yaml``."""
        return cls(pg_url_from_config(config_value), inst_data)
