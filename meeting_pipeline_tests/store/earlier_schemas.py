"""Databases of earlier schemas, each a copy of one that walks from schema to schema.

Otherwise a test of every schema would take each of its databases through all earlier migrations again.
Must not go here: what is tested with them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.store.test_interrupted_migrations import at_version


class EarlierSchemas:
    """``revisions``: all of them, oldest first. They should be asked for in this order; another order costs time."""

    def __init__(self, folder: Path, revisions: Sequence[str]) -> None:
        self._walking = folder / "walking.sqlite3"
        self._revisions = list(revisions)
        self._reached: dict[str, int] = {}
        self._server: PostgresServer | None = None
        self._database: str | None = None

    def on_sqlite(self, revision: str, target: Path) -> str:
        """The URL of a new file with this schema."""
        if self._is_behind("sqlite", revision):
            at_version(f"sqlite:///{target}", revision)
        else:
            at_version(f"sqlite:///{self._walking}", revision)
            with closing(sqlite3.connect(self._walking)) as walking, closing(sqlite3.connect(target)) as copy:
                walking.backup(copy)
        return f"sqlite:///{target}"

    def on_postgres(self, revision: str, server: PostgresServer) -> str:
        """The name of a new database with this schema. Whoever asks for it drops it."""
        if self._is_behind("postgres", revision):
            name = server.create()
            at_version(server.url(name), revision)
            return name
        if self._database is None:
            self._server, self._database = server, server.create()
        at_version(server.url(self._database), revision)
        return server.create(self._database)

    def close(self) -> None:
        """Remove the database that walks; the file goes with its folder."""
        if self._server is not None and self._database is not None:
            self._server.drop(self._database)

    def _is_behind(self, kind: str, revision: str) -> bool:
        """Whether the database that walks is past this schema. Otherwise it is about to reach it."""
        place = self._revisions.index(revision)
        if place < self._reached.get(kind, 0):
            return True
        self._reached[kind] = place
        return False
