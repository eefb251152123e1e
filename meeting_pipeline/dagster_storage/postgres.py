"""Dagster's storage on PostgreSQL, which looks for its tables once per process.

Dagster looks for them whenever it opens its storage, which a code server does at every tick of a sensor: three connections
and some twenty queries. Must not go here: connections, which are Dagster's.
"""

from typing import TYPE_CHECKING, Any, Final

from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config

from meeting_pipeline.dagster_storage.alembic_scripts import prepare_alembic

if TYPE_CHECKING:
    from meeting_pipeline.dagster_internals import ConfigurableClassData

_prepared: Final[set[str]] = set()
"""URLs of databases whose tables exist. A database that is dropped and made again needs a restart."""


class PostgresStorage(DagsterPostgresStorage):
    """``storage.custom`` of ``dagster.yaml`` with PostgreSQL."""

    def __init__(self, postgres_url: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        prepare_alembic()
        super().__init__(postgres_url, should_autocreate_tables=postgres_url not in _prepared, inst_data=inst_data)
        _prepared.add(postgres_url)

    @classmethod
    def from_config_value(cls, inst_data: "ConfigurableClassData | None", config_value: Any) -> "PostgresStorage":
        """Create the storage from ``dagster.yaml``."""
        return cls(pg_url_from_config(config_value), inst_data)
