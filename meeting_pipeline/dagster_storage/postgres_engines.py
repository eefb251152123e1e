"""SQLAlchemy engines of Dagster's PostgreSQL databases: one per database in each process, with a connection kept open.

Dagster itself connects anew for each statement, and PostgreSQL starts a process for each connection: 166 for a recording, and 24
a second in a system at rest, at 2 ms of the server's processor time each. Here runs, events and ticks share one engine.

A connection must not cross a fork: parent and child would write into one stream. So idle connections are closed before a fork,
and a child never uses or closes one that its parent had in use.
Belongs here: connecting. Must not go here: what is stored (``postgres.py``), SQLite (``engines.py``).
"""

import atexit
import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from meeting_pipeline.dagster_storage.policies import KEPT_ENGINES, KEPT_POSTGRES_CONNECTIONS
from meeting_pipeline.foundation.postgres_timeouts import TIMEOUTS

if TYPE_CHECKING:
    import sqlalchemy as sa


class PostgresEngines:
    """The engines of one process. Use the module's functions, which share one object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, sa.Engine] = OrderedDict()
        self._inherited: list[object] = []
        self._hooked = False

    def of(self, url: str) -> "sa.Engine":
        """The engine of a database, which connects on first use."""
        with self._lock:
            if not self._hooked:
                self._hooked = True
                os.register_at_fork(before=self.close, after_in_child=self.renew_in_child)
                atexit.register(self.close)
            if url not in self._kept:
                self._kept[url] = _new_engine(url)
            self._kept.move_to_end(url)
            while len(self._kept) > KEPT_ENGINES:
                self._kept.popitem(last=False)[1].dispose()
            return self._kept[url]

    def renew_in_child(self) -> None:
        """Give each engine a new pool after a fork. What it has compiled stays, and so does what it knows of the server."""
        self._lock = threading.Lock()
        for engine in self._kept.values():
            # Kept, so that nothing finalizes, and thereby closes, a connection of the parent.
            self._inherited.append(engine.pool)
            engine.dispose(close=False)

    def close(self) -> None:
        """Close all idle connections of this process. What the engines have compiled stays."""
        with self._lock:
            for engine in self._kept.values():
                engine.dispose()


_engines: Final = PostgresEngines()


def engine_of(url: str) -> "sa.Engine":
    """This process's engine of Dagster's storage at this URL. Each statement is a transaction of its own, as Dagster expects."""
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


def close_all() -> None:
    """Close all idle connections of this process, as before a fork or at its end."""
    _engines.close()


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
