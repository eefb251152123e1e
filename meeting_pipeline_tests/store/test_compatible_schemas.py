"""Programs of the oldest schema that is named as compatible can continue with the newest: nothing that they use is taken away.

A migration for which that is not so sets ``OLDEST_SCHEMA`` to its own number: workers of before are then refused, and say why.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import OLDEST_SCHEMA, SCHEMA_HEAD
from meeting_pipeline_tests.store.test_interrupted_migrations import at_version
from meeting_pipeline_tests.store.test_upgrading import tables_of

CHANGES = {
    "a table is gone": "DROP TABLE write_marks",
    "a column is gone": "ALTER TABLE api_keys DROP COLUMN last_used_at",
    "a column is renamed": "ALTER TABLE api_keys RENAME COLUMN last_used_at TO used_at",
    "a column is new and has a default": "ALTER TABLE api_keys ADD COLUMN owner VARCHAR(9) NOT NULL DEFAULT 'x'",
    "what they write may clash": "CREATE UNIQUE INDEX one_name ON api_keys (name)",
}
"""What an earlier program would stumble over, in SQL, and what it would not: a new column with a default."""


def taken_away(before: dict[str, sa.Table], after: dict[str, sa.Table]) -> list[str]:
    """What programs of the earlier schema would stumble over."""
    found: list[str] = []
    for name, table in before.items():
        if name not in after:
            found.append(f"{name} is gone")
            continue
        found += [f"{name}.{one.name} is gone" for one in table.columns if one.name not in after[name].columns]
        found += [
            f"{name}.{one.name} is required"
            for one in after[name].columns
            if not one.nullable and one.server_default is None and one.name not in table.columns
        ]
        found += [f"{name}.{one.name} is required" for one in table.columns if _is_required_now(one, after[name])]
        found += [f"{name}: {sorted(columns)} are unique" for columns in _unique(after[name]) - _unique(table)]
    return found


def _is_required_now(column: sa.Column[object], after: sa.Table) -> bool:
    now = after.columns.get(column.name)
    return now is not None and bool(column.nullable) and not now.nullable


def _unique(table: sa.Table) -> set[frozenset[str]]:
    found = {frozenset(one.columns.keys()) for one in table.constraints if isinstance(one, sa.UniqueConstraint)}
    return found | {frozenset(one.columns.keys()) for one in table.indexes if one.unique}


def test_nothing_is_taken_away_from_programs_of_the_oldest_compatible_schema(tmp_path: Path) -> None:
    assert OLDEST_SCHEMA <= SCHEMA_HEAD
    url = f"sqlite:///{tmp_path / 'meetings.sqlite3'}"
    at_version(url, OLDEST_SCHEMA)
    database = Database(url)
    before = tables_of(database)
    database.migrate()
    assert taken_away(before, tables_of(database)) == []
    database.close()


def test_each_change_that_takes_something_away_is_seen(tmp_path: Path, migrated_sqlite: Path) -> None:
    for number, (what, statement) in enumerate(CHANGES.items()):
        path = tmp_path / f"{number}.sqlite3"
        path.write_bytes(migrated_sqlite.read_bytes())
        database = Database(f"sqlite:///{path}")
        before = tables_of(database)
        with database.engine.begin() as connection:
            connection.execute(sa.text(statement))
        found = taken_away(before, tables_of(database))
        database.close()
        assert bool(found) != ("DEFAULT" in statement), f"{what}: {found}"
