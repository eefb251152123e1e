"""How many connections a PostgreSQL server grants this role, and how many a running system may need.

Belongs here: the numbers and the query. Must not go here: the reaction to too few of them (``doctor`` and ``up`` warn).
"""

from typing import Final

from sqlalchemy import text

from meeting_pipeline import policies
from meeting_pipeline.store.engine.database import Database

_FIXED: Final = 42
"""The processes that always run, at peak load: HTTP service and code server 12 each (the size of our pool), the daemon 14 (its
waker has two), the webserver 4. Dagster's storage keeps one in each process, and opens more only for moments."""
_PER_RUN: Final = 6
"""A run's process: its heartbeat, four parallel insights, and one of Dagster's."""
_GRANTED: Final = """
SELECT least(
    current_setting('max_connections')::int - CASE WHEN rolsuper THEN 0
        ELSE current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true), '0')::int END,
    CASE WHEN rolsuper OR rolconnlimit < 0 THEN NULL ELSE rolconnlimit END,
    CASE WHEN rolsuper OR datconnlimit < 0 THEN NULL ELSE datconnlimit END)
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""
"""A negative limit means no limit. Limits of roles and databases do not apply to superusers."""


def connections_needed(max_concurrent_runs: int) -> int:
    """Connections that a system with this many parallel recordings may need at peak load."""
    return _FIXED + _PER_RUN * (max_concurrent_runs + policies.SPARE_RUNS)


def connections_granted(database: Database) -> int | None:
    """Connections that this role may have at the same time; ``None`` on SQLite. Raises: DBAPIError."""
    if database.sqlite:
        return None
    with database.engine.connect() as connection:
        return int(connection.execute(text(_GRANTED)).scalar_one())


def too_few_connections(database: Database, max_concurrent_runs: int) -> tuple[str, str] | None:
    """The problem and the advice, if the server grants fewer connections than may be needed. Raises: DBAPIError."""
    granted, needed = connections_granted(database), connections_needed(max_concurrent_runs)
    if granted is None or granted >= needed:
        return None
    return (
        f"The server grants this role {granted} connections; a busy system may need {needed}.",
        f"Raise max_connections, or the limit of the role or the database, to {needed}, or process fewer recordings in "
        "parallel. Without enough connections, recordings wait and runs are repeated.",
    )
