"""Finding out whether a transaction was committed when the response to its commit was lost.

Every write to PostgreSQL stores, in the same transaction, its number in the row of its connection. After a lost response
another connection reads that row: it has this number if, and only if, the transaction was committed. Taking the row's lock
waits for a server that has not finished yet. (``pg_xact_status`` is less reliable: ids are reused after a crash.)
Must not go here: SQLite, which loses no responses.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.tables import WriteMark

_KEEP = timedelta(days=1)
"""Rows of closed connections have no use; a lost response is looked up within minutes."""
_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True)
class Mark:
    """What a transaction stores: the id of its connection, and its number in that connection."""

    writer: str
    number: int


def leave_mark(session: Session, connection: Connection, now: datetime) -> Mark:
    """Store a mark, as the last step before the commit. The first mark of a connection removes old rows."""
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


def is_committed(connection: Connection, mark: Mark, now: datetime) -> bool:
    """Whether the mark was committed, read in a separate transaction that waits for the one that stored it."""
    row = {"writer": mark.writer, "number": 0, "at": now}
    # A first mark has no row to lock yet: inserting the same key waits for the transaction that is inserting it.
    connection.execute(insert(WriteMark).values(row).on_conflict_do_nothing())
    number = connection.execute(select(WriteMark.number).where(WriteMark.writer == mark.writer).with_for_update())
    return number.scalar_one() == mark.number
