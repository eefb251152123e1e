"""A new SQLite file of the store in a test is a copy of one with the newest schema, instead of the work of all migrations.

That work takes a second of a processor. The tests of the store are about it, so they do it themselves (``made_anew``).
Belongs here: that copy, for whatever opens a store. Must not go here: databases that a test asks for (``installations.py``).
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the plugin is loaded for every test
    from sqlalchemy import Connection

_newest: list[sqlite3.Connection] = []
"""A database in memory with the newest schema, once there is one."""
_copying = [True]


@contextmanager
def made_anew() -> Iterator[None]:
    """Within the block, each new file goes through all migrations."""
    _copying[0] = False
    try:
        yield
    finally:
        _copying[0] = True


def pytest_collection_finish() -> None:
    """Copy from now on, if any test has imported the store."""
    if "meeting_pipeline.store.engine.schema" in sys.modules:
        copy_from_now_on()


def copy_from_now_on() -> None:
    """Let each new file be a copy, in this process and in its forks."""
    from meeting_pipeline.store.engine import schema

    migrate = schema._upgrade

    def upgrade(connection: Connection) -> None:
        file = connection.connection.driver_connection
        if not (_copying[0] and isinstance(file, sqlite3.Connection)) or _has_tables(file):
            migrate(connection)
        elif _newest:
            _newest[0].backup(file)
        else:
            migrate(connection)
            kept = sqlite3.connect(":memory:", check_same_thread=False)
            file.backup(kept)
            _newest.append(kept)

    schema._upgrade = upgrade


def _has_tables(file: sqlite3.Connection) -> bool:
    return file.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
