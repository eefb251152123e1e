"""Objects of the inbox's bucket: which were seen, which wait, and which are taken, so that none is taken twice.

An object is identified by a digest of its name and version. Must not go here: what a recording's own transaction does to its
objects (``inbox_claims.py``), the bucket (``files/inbox_bucket.py``), which objects belong together (``steps/intake/bucket/``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from meeting_pipeline.domain.units import SECONDS_PER_DAY
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.row_helpers import insert_missing, insert_or_lock
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import InboxObject

ObjectState = Literal["seen", "left", "taken", "spare", "done"]
"""``seen``: waits to be taken. ``left``: left out, for a reason. ``taken``: became part of a recording, and must be removed from
the bucket. ``spare``: the same, and must be moved to the rejected files before. ``done``: never examined again."""
OPEN = ("seen", "left")
UNFINISHED = ("taken", "spare")


@dataclass(frozen=True)
class SeenObject:
    """An object as a row knows it. ``due_at``: it is not tried before."""

    digest: str
    state: ObjectState
    name: str
    recording_key: str | None
    first_seen_at: datetime
    seen_at: datetime
    tries: int
    due_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Sighting:
    """An object of a listing. ``left``: why it will not be taken, if that is plain from its name."""

    digest: str
    name: str
    left: str | None = None


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
                found.update((digest, _state(state)) for digest, state in session.execute(query))
        return found

    def see(self, sightings: Sequence[Sighting]) -> None:
        """Note objects that a listing has."""
        with self._context.database.write() as session:
            now = self._context.now()
            digests = [one.digest for one in sightings]
            for start in range(0, len(digests), AT_ONCE):
                part = InboxObject.digest.in_(digests[start : start + AT_ONCE])
                session.execute(
                    update(InboxObject).where(part, InboxObject.state.in_(OPEN)).values(listed_at=now),
                    execution_options={"synchronize_session": False},
                )
            insert_missing(session, InboxObject, [_new(one, now, now) for one in sightings])

    def replace(self, digest: str, by: Sighting) -> None:
        """The object was replaced by another version, which has to settle again."""
        with self._context.database.write() as session:
            old = session.get(InboxObject, digest)
            now = self._context.now()
            first = old.first_seen_at if old is not None else now
            if old is not None and old.state in OPEN:
                session.delete(old)
            new = insert_or_lock(session, InboxObject, by.digest, _new(by, now, first))
            new.first_seen_at = min(new.first_seen_at, first)

    def waiting(self, settled_s: float, limit: int) -> Sequence[SeenObject]:
        """Objects to be taken that were seen this long ago, those before others that failed less often, by name."""
        query = (
            select(InboxObject).where(*self._due(settled_s)).order_by(InboxObject.tries, InboxObject.name).limit(limit)
        )
        with self._context.database.read() as session:
            return [_seen(row) for row in session.scalars(query)]

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
            return {row.digest: _seen(row) for row in rows}

    def open(self, limit: int) -> Sequence[SeenObject]:
        """Objects that are seen or left out, by name."""
        query = select(InboxObject).where(InboxObject.state.in_(OPEN)).order_by(InboxObject.name).limit(limit)
        with self._context.database.read() as session:
            return [_seen(row) for row in session.scalars(query)]

    def unfinished(self, limit: int) -> Sequence[SeenObject]:
        """Objects that are taken and still have to be removed from the bucket, now."""
        due = or_(InboxObject.due_at.is_(None), InboxObject.due_at <= self._context.now())
        query = (
            select(InboxObject).where(InboxObject.state.in_(UNFINISHED), due).order_by(InboxObject.digest).limit(limit)
        )
        with self._context.database.read() as session:
            return [_seen(row) for row in session.scalars(query)]

    def leave_out(self, digest: str, reason: str) -> None:
        """The object is not taken as it is."""
        self._change([digest], OPEN, state="left", reason=reason)

    def defer(self, digest: str, seconds: float, reason: str | None = None) -> None:
        """The object could not be taken: it is tried again after this time. ``reason``: counts as a failed attempt."""
        tries = InboxObject.tries + (1 if reason else 0)
        self._change([digest], OPEN, due_at=self._context.after(seconds), reason=reason, tries=tries)

    def defer_all(self, seconds: float) -> None:
        """The bucket cannot be read: nothing of it is tried before."""
        with self._context.database.write() as session:
            session.execute(
                update(InboxObject).where(InboxObject.state == "seen").values(due_at=self._context.after(seconds)),
                execution_options={"synchronize_session": False},
            )

    def note_taken(self, digests: Collection[str]) -> None:
        """The objects were rejected, and their files are kept elsewhere: they must be removed from the bucket."""
        self._change(digests, OPEN, state="taken", due_at=None, reason=None)

    def note_kept(self, digests: Collection[str]) -> None:
        """Copies of the spare objects among these are with the rejected files now."""
        self._change(digests, ("spare",), state="taken")

    def finish_later(self, digests: Collection[str], seconds: float) -> None:
        """Taken objects cannot be removed from the bucket now."""
        self._change(digests, UNFINISHED, due_at=self._context.after(seconds))

    def finish(self, digests: Collection[str]) -> None:
        """Never look at these objects again, though they stay in the bucket."""
        self._change(
            digests, (*OPEN, *UNFINISHED), state="done", name=None, recording_key=None, reason=None, due_at=None
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
                delete(InboxObject).where(InboxObject.state.in_(OPEN), InboxObject.listed_at < since),
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


def _new(one: Sighting, now: datetime, first: datetime) -> dict[str, object]:
    return {
        "digest": one.digest,
        "state": "seen" if one.left is None else "left",
        "name": one.name,
        "reason": one.left,
        "tries": 0,
        "first_seen_at": first,
        "seen_at": now,
        "listed_at": now,
    }


def _state(text: str) -> ObjectState:
    for state in ("seen", "left", "taken", "spare", "done"):
        if state == text:
            return state
    raise AssertionError(text)


def _seen(row: InboxObject) -> SeenObject:
    return SeenObject(
        row.digest,
        _state(row.state),
        row.name or "",
        row.recording_key,
        row.first_seen_at,
        row.seen_at,
        row.tries,
        row.due_at,
        row.reason,
    )
