"""Reads Dagster's list of partitions from where it was last read: new entries, and whether any have disappeared.

Dagster's public API returns the whole list or answers for one partition. Its table gives each partition an increasing number,
which finds the new ones; the count shows that one is gone. Written for Dagster 1.13, ``DynamicPartitionsTable``.
Must not go here: comparing the list with the store (``comparing.py``), other tables of Dagster (``dagster_tables.py``).
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import dagster as dg
import sqlalchemy as sa

from meeting_pipeline.dagster_internals import DynamicPartitionsTable, SqlEventLogStorage
from meeting_pipeline.defs.partitions import RECORDINGS

_Table: Final = DynamicPartitionsTable
_AT_ONCE: Final = 500
"""Values per statement: databases limit the number of parameters."""


class Place(NamedTuple):
    """How far the list was read."""

    total: int
    """How many partitions there were."""
    number: int
    """Number of the last one; 0: there was none."""
    mark: str
    """Hash of the last one: SQLite gives its number again if it is deleted."""


def last_position(instance: dg.DagsterInstance) -> Place | None:
    """The present end of the list; ``None`` if Dagster's storage has a form that this module does not know."""
    if not isinstance(instance.event_log_storage, SqlEventLogStorage):
        return None
    last = sa.select(_Table.c.id, _Table.c.partition).order_by(_Table.c.id.desc()).limit(1)
    with instance.event_log_storage.index_connection() as connection:
        # The count first: a partition that vanishes between the two is missed at the next reading.
        count = connection.execute(_count()).scalar_one()
        row = connection.execute(last).one_or_none()
    return Place(count, row.id, _mark(row.partition)) if row is not None else Place(count, 0, "")


def read_on(instance: dg.DagsterInstance, place: Place) -> tuple[list[str], Place] | None:
    """The partitions that were added since, and the new end; ``None`` if one of the earlier partitions is gone."""
    if not isinstance(instance.event_log_storage, SqlEventLogStorage):
        return None
    newer = sa.select(_Table.c.id, _Table.c.partitions_def_name, _Table.c.partition).where(_Table.c.id >= place.number)
    with instance.event_log_storage.index_connection() as connection:
        rows = connection.execute(newer.order_by(_Table.c.id)).all()
        count = connection.execute(_count()).scalar_one()
    if place.number:
        if not rows or rows[0].id != place.number or _mark(rows[0].partition) != place.mark:
            return None
        rows = rows[1:]
    if count - len(rows) != place.total:
        return None
    end = Place(count, rows[-1].id, _mark(rows[-1].partition)) if rows else place
    return [row.partition for row in rows if row.partitions_def_name == RECORDINGS], end


def without_partition(instance: dg.DagsterInstance, keys: Sequence[str]) -> list[str]:
    """Those of a few recordings that have no partition."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return [key for key in keys if not instance.has_dynamic_partition(RECORDINGS, key)]
    known: set[str] = set()
    with storage.index_connection() as connection:
        for start in range(0, len(keys), _AT_ONCE):
            mine = _Table.c.partition.in_(keys[start : start + _AT_ONCE])
            query = sa.select(_Table.c.partition).where(_Table.c.partitions_def_name == RECORDINGS, mine)
            known.update(connection.execute(query).scalars())
    return [key for key in keys if key not in known]


def _count() -> sa.Select[tuple[int]]:
    # Without a condition, so that SQLite counts pages of an index instead of rows: 2 ms for 100,000.
    return sa.select(sa.func.count()).select_from(_Table)


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
