"""Lists commitments, page by page, by due date; and reads one with its parts.

Must not go here: changing them (``editing.py``), their JSON (``api/schemas/commitments.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from meeting_pipeline.domain.commitments.people import plain_words
from meeting_pipeline.domain.commitments.series import series_of
from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.people.identities import is_id
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.commitments.editing import unknown_commitment
from meeting_pipeline.store.commitments.rows import LAST_DAY
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.people.selecting import owned_by, owned_by_name
from meeting_pipeline.store.tables import Commitment, CommitmentMeeting, CommitmentPart, Recording

EVERY: Final = 1_000_000
"""A limit for exports, far above what people undertake."""


@dataclass(frozen=True)
class CommitmentFilter:
    """What to list. ``owner``: a name, a given name, or a person's id; ``series``: a title, or the name of a series.

    ``closed``: ``None`` for both. ``overdue``: open action items that were due before today.
    """

    owner: str | None = None
    series: str | None = None
    insight: Insight | None = None
    state: CommitmentState | None = None
    closed: bool | None = None
    overdue: bool = False
    with_due_date: bool = False


@dataclass(frozen=True)
class After:
    """The place in a list after which the next page begins."""

    closed: bool
    sort_day: date
    commitment_id: str


@dataclass(frozen=True)
class Listed:
    """A commitment with the title of the meeting that said the latest of it."""

    row: Commitment
    title: str


@dataclass(frozen=True)
class CommitmentWithParts:
    """A commitment with its items, each with the title and date of its meeting."""

    row: Commitment
    title: str
    parts: Sequence[tuple[CommitmentPart, str, date]]


@retrying
class Commitments:
    """Repository of commitments, for reading."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def today(self) -> date:
        """The day from which commitments are overdue (UTC)."""
        return self._context.now().date()

    def page(
        self, criteria: CommitmentFilter, limit: int, after: After | None = None
    ) -> tuple[list[Listed], After | None]:
        """The next commitments: open ones first, the earliest due date first. Also the place after them, if there are more."""
        with self._context.database.read() as session:
            query = self._filtered(session, criteria)
        if after is not None:
            order = tuple_(Commitment.closed, Commitment.sort_day, Commitment.id)
            query = query.where(order > (after.closed, after.sort_day, after.commitment_id))
        query = query.order_by(Commitment.closed, Commitment.sort_day, Commitment.id).limit(limit + 1)
        with self._context.database.read() as session:
            found = [Listed(row, title) for row, title in session.execute(query)]
        more = len(found) > limit
        found = found[:limit]
        last = found[-1].row if found and more else None
        return found, After(last.closed, last.sort_day, last.id) if last is not None else None

    def get(self, commitment_id: str) -> CommitmentWithParts:
        """One with its items. Raises: PermanentError ``unknown_commitment``."""
        parts = (
            select(CommitmentPart, Recording.title, CommitmentMeeting.meeting_date)
            .join(Recording, Recording.key == CommitmentPart.recording_key)
            .join(CommitmentMeeting, CommitmentMeeting.recording_key == CommitmentPart.recording_key)
            .where(CommitmentPart.commitment_id == commitment_id)
        )
        with self._context.database.read() as session:
            row = session.get(Commitment, commitment_id)
            if row is None:
                raise unknown_commitment()
            title = session.scalar(select(Recording.title).where(Recording.key == row.recording_key)) or ""
            found = [(part, of, day) for part, of, day in session.execute(parts)]
        return CommitmentWithParts(
            row, title, sorted(found, key=lambda one: (one[2], one[0].recording_key, one[0].position))
        )

    def counts(self) -> dict[str, int]:
        """How many there are in each state."""
        query = select(Commitment.state, func.count()).group_by(Commitment.state)
        with self._context.database.read() as session:
            return {row[0]: row[1] for row in session.execute(query)}

    def _filtered(self, session: Session, criteria: CommitmentFilter) -> Select[Any]:
        query = select(Commitment, Recording.title).join(Recording, Recording.key == Commitment.recording_key)
        if criteria.owner is not None:
            query = query.where(_owned(session, criteria.owner))
        if criteria.series is not None:
            query = query.where(Commitment.series == series_name(criteria.series))
        if criteria.overdue:
            query = query.where(
                Commitment.closed.is_(False), Commitment.sort_day < self.today(),
                Commitment.insight == Insight.ACTION_ITEMS.value,
            )  # fmt: skip
        if criteria.closed is not None:
            query = query.where(Commitment.closed.is_(criteria.closed))
        if criteria.with_due_date:
            query = query.where(Commitment.sort_day < LAST_DAY)
        if criteria.state is not None:
            query = query.where(Commitment.state == criteria.state.value, Commitment.closed.is_(criteria.state.closed))
        if criteria.insight is not None:
            query = query.where(Commitment.insight == criteria.insight.value)
        return query


def _owned(session: Session, owner: str) -> ColumnElement[bool]:
    """Owned by this person, or by the person with this name under any of their names."""
    if is_id(owner):
        return owned_by(session, owner)
    words = plain_words(owner)
    named = Commitment.owner_first == words[0] if len(words) == 1 else Commitment.owner_folded == " ".join(words)
    besides = owned_by_name(session, owner)
    return named if besides is None else or_(named, besides)


def series_name(given: str) -> str:
    """The series that a title, or the name of a series, means."""
    known = given.partition(":")[0] in ("title", "people", "recording") and ":" in given
    return given if known else series_of(given, (), "")
