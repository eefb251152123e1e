"""SQLAlchemy engines of Dagster's PostgreSQL databases: one per database in each process, with a connection kept open.

Dagster itself opens a connection for each statement, and PostgreSQL starts a process for each connection: 166 for a recording,
and 24 a second in a system at rest, at 2 ms of the server's processor time each. Here runs, events and ticks share one engine.
Belongs here: connecting. Must not go here: what is stored (``postgres.py``), engines and forks (``kept_engines.py``).
"""

from typing import TYPE_CHECKING, Final

from meeting_pipeline.dagster_storage.kept_engines import KeptEngines
from meeting_pipeline.dagster_storage.policies import KEPT_POSTGRES_CONNECTIONS
from meeting_pipeline.foundation.postgres_timeouts import TIMEOUTS

if TYPE_CHECKING:
    import sqlalchemy as sa


def engine_of(url: str) -> "sa.Engine":
    """This process's engine of Dagster's storage at this URL. Each statement is its own transaction, as Dagster expects."""
    return _engines.of(url)


def webserver_engine(url: str, statement_timeout_ms: int, recycle_seconds: int, overflow: int) -> "sa.Engine":
    """A new engine with Dagster's limits for its webserver.

    Dagster's own does not ask whether a kept connection is alive: pages fail after a restart of the database server.
    """
    import sqlalchemy as sa
    from dagster_postgres.utils import set_pg_statement_timeout

    engine = _new_engine(url, pool_recycle=recycle_seconds, max_overflow=overflow)
    sa.event.listen(engine, "connect", lambda made, _: set_pg_statement_timeout(made, statement_timeout_ms))
    return engine


def _new_engine(url: str, *, pool_recycle: int = -1, max_overflow: int = -1) -> "sa.Engine":
    """By default no connection grows too old, and a thread never waits for another's."""
    import sqlalchemy as sa

    return sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT_POSTGRES_CONNECTIONS,
        pool_recycle=pool_recycle,
        max_overflow=max_overflow,
        pool_pre_ping=True,  # the server may have been restarted since the last use
        connect_args=dict(TIMEOUTS),
    )


_engines: Final = KeptEngines(_new_engine)
