"""Which statements are executed, and how a database would carry them out.

Belongs here: recording statements and reading query plans. Must not go here: what is executed, and which plans are accepted.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.tables import Base

TABLES: Final = frozenset(Base.metadata.tables)
_STEP: Final = 100
"""SQLite instructions between two counts."""


@dataclass(frozen=True)
class Statement:
    """A statement with its parameters, and what the program did when it executed it."""

    doing: str
    text: str
    parameters: Any

    @property
    def is_planned(self) -> bool:
        """Whether a database plans it at all."""
        return self.text.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"))


class Recorder:
    """Collects every statement that a database executes; each text once, with its first parameters."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._doing = ""
        self._count = 0
        self.statements: dict[str, Statement] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Record inside the block."""
        engine = self._database.engine
        sa.event.listen(engine, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            sa.event.remove(engine, "before_cursor_execute", self._note)

    def doing(self, name: str, work: Callable[[], object]) -> None:
        """Do something. It must execute a statement: otherwise a test of its plans proves nothing."""
        before, self._doing = self._count, name
        work()
        assert self._count > before, f"{name} executed nothing"

    def _note(self, _conn: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        self._count += 1
        statement = Statement(
            self._doing, text, parameters[0] if many and isinstance(parameters, list | tuple) else parameters
        )
        self.statements.setdefault(text, statement)


def scans(database: Database, statement: Statement) -> list[str]:
    """Tables that the statement would read from beginning to end, with the part of the plan that says so.

    A walk along an index that ends at the statement's limit is none.
    """
    if database.sqlite:
        return _scans_on_sqlite(database, statement)
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.parameters).scalar_one()
    plan = found if isinstance(found, list) else json.loads(found)
    return list(_scans_in(plan[0]["Plan"], limited=False))


def _scans_on_sqlite(database: Database, statement: Statement) -> list[str]:
    with _plain(database) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", statement.parameters).fetchall()
    details = [str(row[3]) for row in rows]
    stops = re.search(r"\bLIMIT\b", statement.text) and not any("TEMP B-TREE" in detail for detail in details)
    found = []
    for detail in details:
        match = re.match(r"SCAN (\w+?)(_\d+)?(\s|$)", detail)
        if match and match[1] in TABLES and not (stops and "USING" in detail):
            found.append(f"{match[1]}: {detail}")
    return found


def _scans_in(node: dict[str, Any], *, limited: bool) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name")
    whole = kind == "Seq Scan" or (
        kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node and not limited
    )
    if table in TABLES and whole:
        yield f"{table}: {kind} {node.get('Index Name', '')} {node.get('Filter', '')}".strip()
    below = kind == "Limit" or (limited and kind in ("Nested Loop", "LockRows", "Result", "Subquery Scan"))
    for child in node.get("Plans", []):
        yield from _scans_in(child, limited=below)


def instructions(database: Database, statement: Statement) -> int:
    """How many instructions SQLite executes for a query; 0 for any other statement."""
    count = 0
    if not statement.text.lstrip().upper().startswith(("SELECT", "WITH")):
        return 0

    def step() -> int:
        nonlocal count
        count += _STEP
        return 0

    with _plain(database) as connection:
        connection.set_progress_handler(step, _STEP)
        connection.execute(statement.text, statement.parameters).fetchall()
    return count


@contextmanager
def _plain(database: Database) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as connection:
        yield connection
