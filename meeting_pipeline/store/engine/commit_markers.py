"""Finding out whether a transaction was committed whose answer was lost on the way.

Every write to PostgreSQL leaves, in the same transaction, its number in the row of its connection. After a lost answer
another connection reads that row: the number stands there if, and only if, the transaction was committed. Taking the
row's lock waits for a server that is still at it. (``pg_xact_status`` knows less: after a crash ids are given again.)
Must not go here: SQLite, which loses no answers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.tables import WriteMark

_KEEP = timedelta(days=1)
"""Rows of connections that are closed serve nobody; an answer is looked for within minutes."""
_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True)
class Mark:
    """What a transaction leaves: the id of its connection, and its number there."""

    writer: str
    number: int


def leave_mark(session: Session, connection: Connection, now: datetime) -> Mark:
    """Leave a mark, as the last thing before the commit. The first of a connection removes what is old."""
    info = connection.info  # lives as long as the driver's connection
    if "writer" not in info:
        info["writer"] = new_id()
        old = select(WriteMark.writer).where(WriteMark.at < now - _KEEP).limit(100).with_for_update(skip_locked=True)
        session.execute(delete(WriteMark).where(WriteMark.writer.in_(old)), execution_options=_PLAIN)
    mark = Mark(info["writer"], info.get("writes", 0) + 1)
    info["writes"] = mark.number
    values = {"number": mark.number, "at": now}
    statement = insert(WriteMark).values(writer=mark.writer, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[WriteMark.writer], set_=values))
    return mark


def stands(connection: Connection, mark: Mark, now: datetime) -> bool:
    """Whether the mark stands, read in a transaction of its own that waits for the one that left it."""
    row = {"writer": mark.writer, "number": 0, "at": now}
    # A first mark has no row to lock yet: an insert of the same key waits for whoever is inserting it.
    connection.execute(insert(WriteMark).values(row).on_conflict_do_nothing())
    number = connection.execute(select(WriteMark.number).where(WriteMark.writer == mark.writer).with_for_update())
    return number.scalar_one() == mark.number
