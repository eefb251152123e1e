"""SQLAlchemy engines of Dagster's PostgreSQL databases: one per database in each process, with a connection kept open.

Dagster itself connects anew for each statement, and PostgreSQL starts a process for each connection: 166 for a recording, and 24
a second in a system at rest, at 2 ms of the server's processor time each. Here runs, events and ticks share one engine.
Belongs here: connecting. Must not go here: what is stored (``postgres.py``), engines and forks (``kept_engines.py``).
"""

from typing import TYPE_CHECKING, Final

from meeting_pipeline.dagster_storage.kept_engines import KeptEngines
from meeting_pipeline.dagster_storage.policies import KEPT_POSTGRES_CONNECTIONS
from meeting_pipeline.foundation.postgres_timeouts import TIMEOUTS

if TYPE_CHECKING:
    import sqlalchemy as sa


def engine_of(url: str) -> "sa.Engine":
    """This process's engine of Dagster's storage at this URL. Each statement is a transaction of its own, as Dagster expects."""
    return _engines.of(url)


def _new_engine(url: str) -> "sa.Engine":
    import sqlalchemy as sa

    return sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT_POSTGRES_CONNECTIONS,
        max_overflow=-1,  # a thread never waits for another's connection
        pool_pre_ping=True,  # the server may have been restarted since the last use
        connect_args=dict(TIMEOUTS),
    )


_engines: Final = KeptEngines(_new_engine)
