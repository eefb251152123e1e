"""Remembers what Dagster's tables on PostgreSQL contain, so a process looks for it only once.

Dagster looks for tables, columns and indexes that came with a migration before it uses them, by several queries of the catalog
at every tick and event. Only what was found is remembered: Dagster never removes it, and a migration may add what is missing.
Must not go here: the queries, which are Dagster's.
"""

from collections.abc import Callable
from typing import Final

_found: Final[set[tuple[str, str]]] = set()
"""URL of the database, and what it has."""


def has(url: str, what: str, look: Callable[[], bool]) -> bool:
    """Whether this database has it. ``look`` asks the database, if it was not found before."""
    if (url, what) not in _found and look():
        _found.add((url, what))
    return (url, what) in _found
