"""Connections to the database that the store's tests share in turn: closed by one test, used again by the next.

PostgreSQL starts a process for each connection, which reads the catalog of tables again. For most tests of the store that takes
the server longer than their statements. What a test has set on a connection is discarded in between.
Must not go here: which database that is (``store/conftest.py``).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg2
import psycopg2.extensions
from sqlalchemy import URL, event

from meeting_pipeline_tests.compiled_sql import SharedPostgres

KEPT: Final = 4
"""Connections that stay open: most tests need one or two."""
_Place = tuple[str, int, str]
_places: list[_Place] = []
"""Host, port and name of the databases whose connections are recycled."""
_free: list[tuple[int, _Place, Any]] = []
"""With the process that opened them: a fork must not use them."""


class _Recycled(psycopg2.extensions.connection):  # type: ignore[misc]  # it has no types
    """Is not closed, but made available for the next test."""

    place: _Place

    def close(self) -> None:
        """Close it if it is broken or not needed."""
        if self.closed or self.place not in _places or len(_free) >= KEPT or not self._is_reset():
            super().close()
        else:
            _free.append((os.getpid(), self.place, self))

    def _is_reset(self) -> bool:
        try:
            self.rollback()
            self.set_session(isolation_level="DEFAULT", readonly="DEFAULT", deferrable="DEFAULT", autocommit=True)
            with self.cursor() as cursor:
                cursor.execute("DISCARD ALL")
            self.autocommit = False
        except psycopg2.Error:
            return False
        return True


def _connect(_dialect: Any, _record: Any, arguments: Any, parameters: dict[str, Any]) -> Any:
    place = (str(parameters.get("host")), int(parameters.get("port") or 0), str(parameters.get("dbname")))
    if place not in _places:
        return None  # as always
    while _free:
        process, at, found = _free.pop()
        if (process, at) == (os.getpid(), place) and not found.closed:
            return found
    made: _Recycled = psycopg2.connect(*arguments, connection_factory=_Recycled, **parameters)
    made.place = place
    return made


@contextmanager
def recycled(url: URL) -> Iterator[None]:
    """Within the block, recycle the connections of this database."""
    place = (str(url.host), int(url.port or 0), str(url.database))
    _places.append(place)
    event.listen(SharedPostgres, "do_connect", _connect)
    try:
        yield
    finally:
        event.remove(SharedPostgres, "do_connect", _connect)
        _places.remove(place)
        while _free:
            _free.pop()[2].close()
