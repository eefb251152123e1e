"""Edits of commitments by people: state, link, unlink, and undoing. They take precedence over the meetings, and are kept.

An edit refers to a part (an item of one meeting), so it survives relinking; it is never deleted while its recordings exist.
Must not go here: owner, due date and words, which are edits of the item (``store/edits/item_edits.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.commitments.values import CommitmentState, Place
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.commitments.linking_outside import linking_outside
from meeting_pipeline.store.commitments.relinking import Changed, lock_series, relink
from meeting_pipeline.store.edits.edit_history import require_version
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import Commitment, CommitmentEdit, CommitmentMeeting, CommitmentPart, Recording

SETTABLE = (CommitmentState.OPEN, CommitmentState.DONE, CommitmentState.DROPPED, CommitmentState.SUPERSEDED)
"""States that people set. Whether a commitment slipped or was handed over follows from its due date and owner."""


@dataclass(frozen=True)
class _NewEdit:
    """What a person says of a part. ``other``: for a link, a part of the commitment that it belongs to."""

    kind: str
    by: str
    said_on: date
    state: str | None = None
    other: CommitmentPart | None = None


@retrying
class CommitmentEdits:
    """Repository of people's edits of commitments."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    @linking_outside
    def set_state(
        self, commitment_id: str, state: CommitmentState, by: str, version: int | None = None
    ) -> list[Changed]:
        """Say what became of it; wins over what was said in meetings until today. Empty if nothing changes.

        Raises: PermanentError ``unknown_commitment``, ``bad_edit``, ``edited_meanwhile``, ``too_many_edits``.
        """
        if state not in SETTABLE:
            raise PermanentError(
                "bad_edit",
                f"The state {state.value!r} cannot be set.",
                f"Set one of {', '.join(one.value for one in SETTABLE)}; edit the item for another owner or due date.",
            )
        with self._context.database.write() as session:
            row = self._locked(session, commitment_id, version)
            if row.state == state and row.state_by is not None:
                return []
            first = self._parts(session, commitment_id)[0]
            said_on = max(self._context.now().date(), row.last_day)
            return self._add(session, row.series, first, _NewEdit("state", by, said_on, state=state.value))

    @linking_outside
    def link(self, commitment_id: str, to: str, by: str, version: int | None = None) -> list[Changed]:
        """Say that it is the same as another commitment of the series, which it then belongs to.

        Raises: PermanentError ``unknown_commitment``, ``other_series``, ``bad_edit``, ``edited_meanwhile``, ``too_many_edits``.
        """
        with self._context.database.write() as session:
            row = self._locked(session, commitment_id, version, to)
            other = session.get(Commitment, to)
            if other is None:
                raise unknown_commitment()
            if other.id == row.id:
                raise PermanentError("bad_edit", "A commitment cannot be linked to itself.", "Name another one.")
            if other.series != row.series or other.insight != row.insight:
                raise PermanentError(
                    "other_series",
                    "The two commitments are not of the same kind and in the same series.",
                    "Link action items with action items, and decisions with decisions, of meetings with the same title.",
                )
            mine, others = self._parts(session, row.id)[0], self._parts(session, other.id)[0]
            later, earlier = (
                (mine, others) if self._place(session, mine) >= self._place(session, others) else (others, mine)
            )
            return self._add(
                session, row.series, later, _NewEdit("link", by, self._context.now().date(), other=earlier)
            )

    @linking_outside
    def unlink(self, commitment_id: str, part_id: str, by: str, version: int | None = None) -> list[Changed]:
        """Say that an item of one meeting is another commitment.

        Raises: PermanentError ``unknown_commitment``, ``unknown_part``, ``edited_meanwhile``, ``too_many_edits``.
        """
        with self._context.database.write() as session:
            row = self._locked(session, commitment_id, version)
            parts = self._parts(session, commitment_id)
            part = next((one for one in parts if one.id == part_id), None)
            if part is None or part is parts[0]:
                raise PermanentError(
                    "unknown_part",
                    "The commitment has no such later item.",
                    "Name one of `parts`, but not the first: it is what the others were linked to.",
                )
            return self._add(session, row.series, part, _NewEdit("unlink", by, self._context.now().date()))

    @linking_outside
    def undo(self, commitment_id: str, number: int, by: str) -> list[Changed]:
        """Undo one edit. Raises: PermanentError ``unknown_commitment``, ``unknown_edit``, ``edited_since``."""
        with self._context.database.write() as session:
            if session.get(Commitment, commitment_id) is None:
                raise unknown_commitment()
            edit = session.get(CommitmentEdit, number)
            part = session.get(CommitmentPart, edit.part_id) if edit is not None else None
            other = session.get(CommitmentPart, edit.other_part_id) if edit is not None and edit.other_part_id else None
            if commitment_id not in {one.commitment_id for one in (part, other) if one is not None}:
                raise _unknown_edit()  # it is listed with another commitment
            meeting = session.get(CommitmentMeeting, part.recording_key) if part is not None else None
            if edit is None or part is None or meeting is None:  # or its recording has just been deleted
                raise _unknown_edit()
            lock_series(session, [meeting.series])
            session.refresh(edit)
            if edit.undone_at is not None:
                raise _unknown_edit()
            kinds = ["state"] if edit.kind == "state" else ["link", "unlink"]
            later = select(CommitmentEdit.number).where(
                CommitmentEdit.part_id == edit.part_id, CommitmentEdit.number > number,
                CommitmentEdit.kind.in_(kinds), CommitmentEdit.undone_at.is_(None),
            )  # fmt: skip
            if session.scalar(later.limit(1)) is not None:
                raise PermanentError("edited_since", "A later edit depends on it.", "Undo the later edit first.")
            edit.undone_by, edit.undone_at = by, self._context.now()
            return self._relink(session, meeting.series, part)

    def home_of(self, number: int) -> str | None:
        """The commitment to which the item of an edit belongs now; ``None`` without one."""
        query = (
            select(CommitmentPart.commitment_id)
            .join(CommitmentEdit, CommitmentEdit.part_id == CommitmentPart.id)
            .where(CommitmentEdit.number == number)
        )
        with self._context.database.read() as session:
            return session.scalar(query)

    def of(self, commitment_id: str) -> Sequence[CommitmentEdit]:
        """The edits of a commitment's items, newest first, also those that were undone."""
        parts = select(CommitmentPart.id).where(CommitmentPart.commitment_id == commitment_id)
        query = select(CommitmentEdit).where(
            or_(CommitmentEdit.part_id.in_(parts), CommitmentEdit.other_part_id.in_(parts))
        )
        with self._context.database.read() as session:
            newest = query.order_by(CommitmentEdit.number.desc()).limit(policies.EDITS_SHOWN)
            return session.scalars(newest).all()

    def _locked(self, session: Session, commitment_id: str, version: int | None, *others: str) -> Commitment:
        row = session.get(Commitment, commitment_id)
        if row is None:
            raise unknown_commitment()
        # An edit refers to a recording's row, which PostgreSQL locks. Everybody locks recordings before series.
        keys = select(CommitmentPart.recording_key).where(CommitmentPart.commitment_id.in_((commitment_id, *others)))
        recordings = select(Recording.key).where(Recording.key.in_(keys)).order_by(Recording.key)
        session.execute(recordings.with_for_update(read=True, key_share=True)).all()
        lock_series(session, [row.series])
        row = session.get(Commitment, commitment_id, populate_existing=True)
        if row is None:
            raise unknown_commitment()
        require_version(version, row.version)
        return row

    def _parts(self, session: Session, commitment_id: str) -> list[CommitmentPart]:
        """The items of a commitment in the order of its events."""
        query = select(CommitmentPart).where(CommitmentPart.commitment_id == commitment_id)
        found = {row.id: row for row in session.scalars(query)}
        events = session.get_one(Commitment, commitment_id).events
        return [found[event["part_id"]] for event in events if event["part_id"] in found]

    def _place(self, session: Session, part: CommitmentPart) -> tuple[Place, int]:
        meeting = session.get_one(CommitmentMeeting, part.recording_key)
        return Place(meeting.meeting_date, part.recording_key), part.position

    def _add(self, session: Session, series: str, part: CommitmentPart, new: _NewEdit) -> list[Changed]:
        """Store an edit, and link the series again. Raises: PermanentError ``too_many_edits``."""
        known = select(CommitmentEdit.number).where(CommitmentEdit.part_id == part.id)
        if len(session.scalars(known.limit(policies.EDITS_KEPT)).all()) >= policies.EDITS_KEPT:
            raise PermanentError(
                "too_many_edits",
                f"A commitment keeps at most {policies.EDITS_KEPT} edits.",
                "A person or program is editing it in a loop: its `edits` show who.",
            )
        session.add(
            CommitmentEdit(
                part_id=part.id, recording_key=part.recording_key, kind=new.kind, state=new.state,
                other_part_id=new.other.id if new.other is not None else None,
                other_recording_key=new.other.recording_key if new.other is not None else None,
                said_on=new.said_on, edited_by=new.by, edited_at=self._context.now(),
            )
        )  # fmt: skip
        session.flush()
        return self._relink(session, series, part)

    def _relink(self, session: Session, series: str, part: CommitmentPart) -> list[Changed]:
        place = self._place(session, part)[0]
        announce = self._context.commitment_events
        return relink(session, series, place, self._context.now(), announce=announce)


def unknown_commitment() -> PermanentError:
    """The error for an unknown id."""
    return PermanentError(
        "unknown_commitment",
        "There is no such commitment.",
        "List the commitments again: linking may have given it another id.",
    )


def _unknown_edit() -> PermanentError:
    return PermanentError(
        "unknown_edit", "There is no such edit, or it was undone.", "`edits` of the commitment lists them."
    )
