"""Rewrites text in Dagster's columns: removes metadata from events, and a key from other text.

Must not go here: which tables and rows (``dagster_tables.py``).
"""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

Change = Callable[[str], str]


def blank_in(connection: sa.Connection, table: sa.Table, column: str, key: str, blank: Change) -> int:
    """Rewrite a text column where it mentions this key. Returns how many rows changed."""
    return rewrite(connection, table, column, table.c[column].contains(key, autoescape=True), blank)


def rewrite(
    connection: sa.Connection, table: sa.Table, column: str, wanted: sa.ColumnElement[bool], change: Change
) -> int:
    """Rewrite a text column row by row. Returns how many rows changed."""
    changed = 0
    for number, text in connection.execute(sa.select(table.c.id, table.c[column]).where(wanted)).all():
        written = change(text)
        if written != text:
            connection.execute(table.update().where(table.c.id == number).values({column: written}))
            changed += 1
    return changed


def without(text: str, labels: frozenset[str]) -> str:
    """An event without these metadata entries, at any depth."""
    return json.dumps(_stripped(json.loads(text), labels))


def _stripped(value: Any, labels: frozenset[str]) -> Any:
    if isinstance(value, list):
        kept = [
            one for one in value if not (isinstance(one, dict) and one.get("label") in labels and "entry_data" in one)
        ]
        return [_stripped(one, labels) for one in kept]
    if isinstance(value, dict):
        return {name: _stripped(one, labels) for name, one in value.items()}
    return value
