"""Objects of the inbox's bucket: which were seen, which wait, and which are taken, so that none is taken twice.

An object is identified by a digest of its name and version. Must not go here: what a recording's own transaction does to its
objects (``inbox_claims.py``), objects as values (``inbox_object_rows.py``), the bucket (``files/inbox_bucket.py``), which
objects belong together (``steps/intake/bucket/``).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from meeting_pipeline.domain.units import SECONDS_PER_DAY
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.row_helpers import insert_missing, insert_or_lock
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.inbox_object_rows import (
    OPEN_STATES,
    UNFINISHED_STATES,
    ObjectState,
    SeenObject,
    Sighting,
    new_object,
    object_state,
    seen_object,
)
from meeting_pipeline.store.tables import InboxObject


@retrying
class InboxObjects:
    """Repository of the objects of the bucket."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def states(self, digests: Collection[str]) -> Mapping[str, ObjectState]:
        """The states of those that are known."""
        found: dict[str, ObjectState] = {}
        asked = list(digests)
        with self._context.database.read() as session:
            for start in range(0, len(asked), AT_ONCE):
                query = select(InboxObject.digest, InboxObject.state).where(
                    InboxObject.digest.in_(asked[start : start + AT_ONCE])
                )
                found.update((digest, object_state(state)) for digest, state in session.execute(query))
        return found

    def see(self, sightings: Sequence[Sighting]) -> None:
        """Note objects that a listing has."""
        with self._context.database.write() as session:
            now = self._context.now()
            digests = [one.digest for one in sightings]
            for start in range(0, len(digests), AT_ONCE):
                part = InboxObject.digest.in_(digests[start : start + AT_ONCE])
                session.execute(
                    update(InboxObject).where(part, InboxObject.state.in_(OPEN_STATES)).values(listed_at=now),
                    execution_options={"synchronize_session": False},
                )
            insert_missing(session, InboxObject, [new_object(one, now, now) for one in sightings])

    def replace(self, digest: str, by: Sighting) -> None:
        """The object was replaced by another version, which has to settle again."""
        with self._context.database.write() as session:
            old = session.get(InboxObject, digest)
            now = self._context.now()
            first = old.first_seen_at if old is not None else now
            if old is not None and old.state in OPEN_STATES:
                session.delete(old)
            new = insert_or_lock(session, InboxObject, by.digest, new_object(by, now, first))
            new.first_seen_at = min(new.first_seen_at, first)

    def waiting(self, settled_s: float, limit: int) -> Sequence[SeenObject]:
        """Objects to be taken that were seen this long ago, those before others that failed less often, by name."""
        query = (
            select(InboxObject).where(*self._due(settled_s)).order_by(InboxObject.tries, InboxObject.name).limit(limit)
        )
        with self._context.database.read() as session:
            return [seen_object(row) for row in session.scalars(query)]

    def is_waiting(self, settled_s: float) -> bool:
        """Whether there are any. As cheap as an index."""
        with self._context.database.read() as session:
            return session.scalar(select(InboxObject.digest).where(*self._due(settled_s)).limit(1)) is not None

    def _due(self, settled_s: float) -> tuple[ColumnElement[bool], ...]:
        now = self._context.now()
        return (
            InboxObject.state == "seen",
            InboxObject.seen_at <= self._context.before(settled_s),
            or_(InboxObject.due_at.is_(None), InboxObject.due_at <= now),
        )

    def count(self, state: ObjectState) -> int:
        """How many objects are in this state."""
        with self._context.database.read() as session:
            query = select(func.count()).select_from(InboxObject).where(InboxObject.state == state)
            return session.scalar(query) or 0

    def find(self, digests: Collection[str]) -> Mapping[str, SeenObject]:
        """Those of a few objects that are known."""
        with self._context.database.read() as session:
            rows = session.scalars(select(InboxObject).where(InboxObject.digest.in_(list(digests))))
            return {row.digest: seen_object(row) for row in rows}

    def open(self, limit: int) -> Sequence[SeenObject]:
        """Objects that are seen or left out, by name."""
        query = select(InboxObject).where(InboxObject.state.in_(OPEN_STATES)).order_by(InboxObject.name).limit(limit)
        with self._context.database.read() as session:
            return [seen_object(row) for row in session.scalars(query)]

    def unfinished(self, limit: int) -> Sequence[SeenObject]:
        """Objects that are taken and still have to be removed from the bucket, now."""
        due = or_(InboxObject.due_at.is_(None), InboxObject.due_at <= self._context.now())
        query = (
            select(InboxObject)
            .where(InboxObject.state.in_(UNFINISHED_STATES), due)
            .order_by(InboxObject.digest)
            .limit(limit)
        )
        with self._context.database.read() as session:
            return [seen_object(row) for row in session.scalars(query)]

    def leave_out(self, digest: str, reason: str) -> None:
        """The object is not taken as it is."""
        self._change([digest], OPEN_STATES, state="left", reason=reason)

    def defer(self, digest: str, seconds: float, reason: str | None = None) -> None:
        """The object could not be taken: it is tried again after this time. ``reason``: counts as a failed attempt."""
        tries = InboxObject.tries + (1 if reason else 0)
        self._change([digest], OPEN_STATES, due_at=self._context.after(seconds), reason=reason, tries=tries)

    def defer_all(self, seconds: float) -> None:
        """The bucket cannot be read: nothing of it is tried before."""
        with self._context.database.write() as session:
            session.execute(
                update(InboxObject).where(InboxObject.state == "seen").values(due_at=self._context.after(seconds)),
                execution_options={"synchronize_session": False},
            )

    def note_taken(self, digests: Collection[str]) -> None:
        """The objects were rejected, and their files are kept elsewhere: they must be removed from the bucket."""
        self._change(digests, OPEN_STATES, state="taken", due_at=None, reason=None)

    def note_kept(self, digests: Collection[str]) -> None:
        """Copies of the spare objects among these are with the rejected files now."""
        self._change(digests, ("spare",), state="taken")

    def finish_later(self, digests: Collection[str], seconds: float) -> None:
        """Taken objects cannot be removed from the bucket now."""
        self._change(digests, UNFINISHED_STATES, due_at=self._context.after(seconds))

    def finish(self, digests: Collection[str]) -> None:
        """Never look at these objects again, though they stay in the bucket."""
        self._change(
            digests,
            (*OPEN_STATES, *UNFINISHED_STATES),
            state="done",
            name=None,
            recording_key=None,
            reason=None,
            due_at=None,
        )

    def forget(self, digests: Collection[str]) -> None:
        """The objects are not in the bucket any more."""
        with self._context.database.write() as session:
            session.execute(
                delete(InboxObject).where(InboxObject.digest.in_(list(digests))),
                execution_options={"synchronize_session": False},
            )

    def forget_unlisted(self, since: datetime) -> None:
        """Forget objects that wait or are left out, and that no listing has had since then: somebody removed them."""
        with self._context.database.write() as session:
            session.execute(
                delete(InboxObject).where(InboxObject.state.in_(OPEN_STATES), InboxObject.listed_at < since),
                execution_options={"synchronize_session": False},
            )

    def finished_after(self, digest: str, limit: int) -> Sequence[str]:
        """Objects that were first seen a day ago or earlier and are never looked at again, in the order of their digests."""
        is_old = InboxObject.seen_at < self._context.before(SECONDS_PER_DAY)
        query = (
            select(InboxObject.digest)
            .where(InboxObject.state == "done", InboxObject.digest > digest, is_old)
            .order_by(InboxObject.digest)
            .limit(limit)
        )
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def _change(self, digests: Collection[str], states: tuple[str, ...], **values: object) -> None:
        with self._context.database.write() as session:
            session.execute(
                update(InboxObject)
                .where(InboxObject.digest.in_(list(digests)), InboxObject.state.in_(states))
                .values(values),
                execution_options={"synchronize_session": False},
            )
