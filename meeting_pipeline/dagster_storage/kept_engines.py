"""SQLAlchemy engines that a process keeps, with their idle connections: one per database.

A connection must not cross a fork: SQLite keeps its locks per process, and with PostgreSQL parent and child would write into one
stream. So idle connections are closed before a fork, and a child neither uses nor closes one that its parent had in use.
Belongs here: keeping engines, forks, and the end of the process. Must not go here: connecting (``sqlite_engines.py``,
``postgres_engines.py``).
"""

import atexit
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from meeting_pipeline.dagster_storage.policies import KEPT_ENGINES

if TYPE_CHECKING:
    import sqlalchemy as sa

Name = TypeVar("Name", bound=Hashable)
"""What names a database: a path or a URL."""
_all: Final[list["KeptEngines[Any]"]] = []


class KeptEngines(Generic[Name]):
    """The engines of one kind in this process. ``make``: creates one, which connects on first use."""

    def __init__(self, make: "Callable[[Name], sa.Engine]") -> None:
        self._make = make
        self._lock = threading.Lock()
        self._kept: OrderedDict[Name, sa.Engine] = OrderedDict()
        self._inherited: list[object] = []
        self._hooked = False
        _all.append(self)

    def of(self, name: Name) -> "sa.Engine":
        """The engine of a database."""
        with self._lock:
            return self._keep(name)

    def _keep(self, name: Name) -> "sa.Engine":
        self._hook()
        if name not in self._kept:
            self._kept[name] = self._make(name)
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT_ENGINES:
            self._kept.popitem(last=False)[1].dispose()
        return self._kept[name]

    def _hook(self) -> None:
        if not self._hooked:
            self._hooked = True
            os.register_at_fork(before=self.close, after_in_child=self.renew_in_child)
            atexit.register(self.close)  # the last process to close an SQLite database tidies its journal away

    def renew_in_child(self) -> None:
        """Give each engine a new pool after a fork. Its compiled statements and its data about the server stay."""
        self._lock = threading.Lock()
        for engine in self._kept.values():
            # Kept, so that no finalizer closes a connection of the parent.
            self._inherited.append(engine.pool)
            engine.dispose(close=False)

    def close(self) -> None:
        """Close all idle connections. What the engines have compiled stays."""
        with self._lock:
            for engine in self._kept.values():
                engine.dispose()


def close_all() -> None:
    """Close all idle connections of this process to Dagster's storage, as before a fork or at its end."""
    for engines in _all:
        engines.close()
