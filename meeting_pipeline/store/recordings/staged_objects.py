"""Objects that are uploaded before their recording has a row, recorded so that none is left behind.

A prefix is recorded before the first byte is uploaded. The transaction that stores the recording's row removes this record, so a
prefix that is still recorded belongs to no recording. Must not go here: the objects (``files/objects.py``), when they are
removed (``steps/``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import StagedObject


@dataclass(frozen=True)
class Staged:
    """Objects that belong to no recording: their prefix, and the identity of the storage that has them."""

    prefix: str
    stored_in: str


@retrying
class StagedObjects:
    """Repository of uploads without a recording."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def note(self, staged: Staged) -> None:
        """Objects are about to be uploaded under this prefix."""
        with self._context.database.write() as session:
            if session.get(StagedObject, staged.prefix) is None:
                session.add(
                    StagedObject(
                        prefix=staged.prefix,
                        stored_in=staged.stored_in,
                        removing=False,
                        created_at=self._context.now(),
                    )
                )

    def give_up(self, prefix: str) -> bool:
        """No recording may take them from now on. Returns false if one has: then they must stay."""
        with self._context.database.write() as session:
            row = session.get(StagedObject, prefix, with_for_update=True)
            if row is not None:
                row.removing = True
            return row is not None

    def count_old(self, seconds: float) -> int:
        """How many are given up, or were noted longer ago than this."""
        old = StagedObject.removing.is_(True) | (StagedObject.created_at < self._context.before(seconds))
        with self._context.database.read() as session:
            return session.scalar(select(func.count()).select_from(StagedObject).where(old)) or 0

    def give_up_old(self, seconds: float, limit: int) -> Sequence[Staged]:
        """The abandoned ones, now including those that were recorded longer ago than this."""
        old = update(StagedObject).where(StagedObject.created_at < self._context.before(seconds)).values(removing=True)
        given_up = select(StagedObject).where(StagedObject.removing.is_(True)).order_by(StagedObject.created_at)
        with self._context.database.read() as session:
            if session.scalar(select(StagedObject.prefix).limit(1)) is None:  # nearly always
                return []
        with self._context.database.write() as session:
            session.execute(old.execution_options(synchronize_session=False))
            return [Staged(row.prefix, row.stored_in) for row in session.scalars(given_up.limit(limit))]

    def forget(self, prefix: str) -> None:
        """The objects are removed."""
        with self._context.database.write() as session:
            session.execute(delete(StagedObject).where(StagedObject.prefix == prefix))


def take_staged(session: Session, prefix: str) -> None:
    """The objects belong to the recording whose row is stored in this transaction.

    Raises: StoreUnavailable ``upload_given_up``.
    """
    row = session.get(StagedObject, prefix, with_for_update=True)
    if row is None or row.removing:
        raise StoreUnavailable(
            "upload_given_up",
            "The recording was uploaded to the object storage too long ago and is being removed from it.",
            "Nothing to do: it is uploaded again automatically.",
        )
    session.delete(row)
