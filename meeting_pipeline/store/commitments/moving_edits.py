"""Lets what people said of a commitment outlive the item that they said it of: it moves to another item of the same commitment.

An item goes when its recording is deleted, or when a later version no longer has it. The commitment goes on in other meetings,
and a person's word about it stays. Moving it locks the other recording's row after the series, against the order of everybody
else: if PostgreSQL finds a deadlock, the transaction is repeated. Must not go here: storing what people say (``editing.py``),
linking (``relinking.py``).
"""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.store.tables import Commitment, CommitmentEdit, CommitmentPart


def move_edits(session: Session, gone: Collection[CommitmentPart]) -> None:
    """Move the edits of these items, which are about to go. Those without another item in their commitment stay."""
    ids = {part.id for part in gone}
    named = select(CommitmentEdit).where(
        CommitmentEdit.part_id.in_(ids) | CommitmentEdit.other_part_id.in_(ids), CommitmentEdit.undone_at.is_(None)
    )
    edits = session.scalars(named.order_by(CommitmentEdit.number)).all()
    homes = {part.id: part.commitment_id for part in gone}
    for edit in edits:
        if edit.kind == "state" and edit.part_id in ids:
            left = _left(session, homes[edit.part_id], ids)
            if left:
                edit.part_id, edit.recording_key = left[0].id, left[0].recording_key
        elif edit.kind == "link" and edit.part_id not in ids:
            before = _before(_left(session, homes[edit.other_part_id or ""], ids), edit.part_id)
            if before:
                edit.other_part_id, edit.other_recording_key = before[0].id, before[0].recording_key


def _left(session: Session, commitment_id: str | None, gone: Collection[str]) -> list[CommitmentPart]:
    """The other items of a commitment, the earliest first."""
    commitment = session.get(Commitment, commitment_id) if commitment_id is not None else None
    if commitment is None:
        return []
    query = select(CommitmentPart).where(
        CommitmentPart.commitment_id == commitment_id, CommitmentPart.present.is_(True)
    )
    found = {row.id: row for row in session.scalars(query) if row.id not in gone}
    return [found[event["part_id"]] for event in commitment.events if event["part_id"] in found]


def _before(parts: Sequence[CommitmentPart], part_id: str) -> list[CommitmentPart]:
    """The items before this one; none if it is not among them."""
    ids = [part.id for part in parts]
    return list(parts[: ids.index(part_id)]) if part_id in ids else []
