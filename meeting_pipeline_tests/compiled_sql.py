"""All engines of a test process share the SQL that they have compiled.

Each test opens a database of its own. SQLAlchemy caches compiled statements per engine, so every test would compile the same
statements again, which takes a sixth of the time of all tests on SQLite.
Belongs here: that cache. Must not go here: databases (``installations.py``, ``postgres.py``).
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

_COMPILED: dict[Any, Any] = {}
"""Its keys contain the dialect of the engine, which SQLAlchemy compares by identity."""


def forget_compiled() -> None:
    """Compile everything again. Needed when columns of a table get other types: the keys name columns, not their types."""
    _COMPILED.clear()


class _Alike:
    """Dialects of the same kind and version are equal: they compile a statement in the same way."""

    server_version_info: Any = None

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.server_version_info == other.server_version_info

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """SQLAlchemy calls this for each new engine."""
        engine.update_execution_options(compiled_cache=_COMPILED)


class SharedSQLite(_Alike, SQLiteDialect_pysqlite):
    """``sqlite://``."""

    supports_statement_cache = True


class SharedPostgres(_Alike, PGDialect_psycopg2):
    """``postgresql+psycopg2://``."""

    supports_statement_cache = True


registry.register("sqlite", __name__, SharedSQLite.__name__)
for name in ("postgresql", "postgresql.psycopg2"):
    registry.register(name, __name__, SharedPostgres.__name__)
