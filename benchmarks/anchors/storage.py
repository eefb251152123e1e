"""What Dagster's storage takes on disk. Must not go here: the pipeline's own tables."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from meeting_pipeline.store.tables import Base

_TABLES = """SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = 'public'"""


def dagster_storage(dagster_home: Path, database_url: str | None = None) -> tuple[int, int]:
    """Bytes and files in Dagster's folder, and the bytes of its tables if it is on PostgreSQL."""
    for path in dagster_home.rglob("*.db"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint")  # so that what is still in the journal counts
    files = [path for path in dagster_home.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    size = sum(path.stat().st_size for path in files)
    if database_url is not None:
        engine = sa.create_engine(database_url)
        with engine.connect() as connection_:
            tables = {str(row["name"]): int(row["size"]) for row in connection_.execute(sa.text(_TABLES)).mappings()}
        engine.dispose()
        size += sum(taken for name, taken in tables.items() if name not in Base.metadata.tables)
    return size, len(files)
