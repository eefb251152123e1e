"""Kills a migration at each of its statements in turn, and prints the resulting states.

Runs as a separate program with one thread, so that it can fork. Must not go here: the expected states
(``test_interrupted_migrations.py``).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from sqlalchemy import event, inspect

from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD


def killed_at(url: str, number: int) -> bool:
    """Migrate in a child that is killed before its ``number``-th statement. ``False`` if the child completed first."""
    child = os.fork()
    if child == 0:
        database = Database(url)
        seen = 0

        def count(*_: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(database.engine, "before_cursor_execute", count)
        event.listen(database.engine, "commit", count)
        database.migrate()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def state(url: str) -> tuple[str | None, int]:
    """The schema's version, and the number of tables besides Alembic's."""
    database = Database(url)
    try:
        with database.engine.connect().execution_options(mode="read") as connection:
            tables = [name for name in inspect(connection).get_table_names() if not name.endswith("_version")]
        return database.schema_version(), len(tables)
    finally:
        database.close()


def main(url: str) -> None:
    """Print, as JSON, the state after each kill and the final state."""
    before = state(url)
    states = []
    number = 1
    while killed_at(url, number):
        states.append(state(url))
        number += 1
    print(json.dumps({"before": before, "killed": states, "end": state(url), "head": SCHEMA_HEAD}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1])
