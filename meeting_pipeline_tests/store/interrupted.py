"""Observes a migration at each of its statements, kills it at some of them, and prints the resulting states.

What another connection sees before a statement is what a kill leaves there: a database keeps what is committed, and nothing
else. So every statement of one migration is observed, and kills confirm it at some statements and at each commit. A kill at
every statement would repeat all earlier statements each time, which takes minutes.
Runs as a separate program with one thread, so that it can fork. Must not go here: the expected states
(``test_interrupted_migrations.py``).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any

from sqlalchemy import event, inspect

from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD

KILLS = 16
"""Kills at statements, evenly spread, besides those at commits."""

State = tuple[str | None, int]


def killed(url: str, before: Callable[[int, int], bool]) -> bool:
    """Migrate in a child. It dies where ``before(statements, commits)`` says so, which it calls before each of them.

    Returns ``False`` if the child completed.
    """
    child = os.fork()
    if child == 0:
        database = Database(url)
        seen = [0, 0]

        def count(which: int) -> None:
            seen[which] += 1
            if before(*seen):
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(database.engine, "before_cursor_execute", lambda *_: count(0))
        event.listen(database.engine, "commit", lambda *_: count(1))
        database.migrate()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit("the migration failed")
    return os.WIFSIGNALED(status)


def observed(url: str, seen: IO[str]) -> list[State]:
    """The states that others see before each statement of a migration and before its first commit, where it is killed."""
    observer = Database(url)  # connects in the child

    def look(_: int, commits: int) -> bool:
        seen.write(json.dumps(state_in(observer)) + "\n")
        seen.flush()
        return commits == 1

    if not killed(url, look):
        raise SystemExit("the migration ended without a commit")
    seen.seek(0)
    return [(version, tables) for version, tables in map(json.loads, seen)]


def state_in(database: Database) -> State:
    """The schema's version, and the number of tables besides Alembic's."""
    with database.engine.connect().execution_options(mode="read") as connection:
        tables = [name for name in inspect(connection).get_table_names() if not name.endswith("_version")]
    return database.schema_version(), len(tables)


def state(url: str) -> State:
    """The same, over a connection of its own: this process must have none when it forks."""
    database = Database(url)
    try:
        return state_in(database)
    finally:
        database.close()


def main(url: str) -> None:
    """Print, as JSON, the state before, those that were observed, those after each kill, and the final one."""
    before = state(url)
    with tempfile.TemporaryFile("w+") as file:
        found = observed(url, file)
    states = [state(url)]  # it was killed at its commit
    for number in range(1, len(found), max(1, len(found) // KILLS)):
        if not killed(url, lambda statements, _, number=number: statements == number):  # type: ignore[misc]  # a bound default
            break
        states.append(state(url))
    commits = 2  # any but the first would be one too many
    while killed(url, lambda _, seen, last=commits: seen == last):  # type: ignore[misc]  # a bound default
        states.append(state(url))
        commits += 1
    answer: dict[str, Any] = {
        "before": before,
        "observed": found,
        "killed": states,
        "end": state(url),
        "head": SCHEMA_HEAD,
    }
    print(json.dumps(answer))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1])
