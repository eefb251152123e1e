"""Rows of people's edits of items, segments and claims, and the JSON form in which they are stored. In the caller's transaction.

Must not go here: edits as people make them (``store/edits/``), what it does to a record (``domain/``).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.item_edits import Anchor, ItemEdit
from meeting_pipeline.domain.judged_claims import ClaimEdit
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.segment_edits import SegmentEdit
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.store.tables import ClaimEdit as ClaimEditRow
from meeting_pipeline.store.tables import RecordEdit

ITEM: Final = "item"
SEGMENT: Final = "segment"


def record_edits_of(
    session: Session, keys: Sequence[str]
) -> tuple[dict[str, list[ItemEdit]], dict[str, list[SegmentEdit]]]:
    """The edits of items and those of segments of these recordings. Added items are in the order in which they were added."""
    items: dict[str, list[ItemEdit]] = {}
    segments: dict[str, list[SegmentEdit]] = {}
    for row in session.scalars(_edits_of(), {"keys": keys}):
        if row.kind == SEGMENT:
            segments.setdefault(row.recording_key, []).append(segment_edit(row))
        else:
            items.setdefault(row.recording_key, []).append(item_edit(row))
    return items, segments


@cache
def _edits_of() -> Select[tuple[RecordEdit]]:
    in_order = func.length(RecordEdit.subject), RecordEdit.subject  # "added-2" precedes "added-10"
    among: BindParameter[Any] = bindparam("keys", expanding=True)
    return select(RecordEdit).where(RecordEdit.recording_key.in_(among)).order_by(*in_order)


def item_edit(row: RecordEdit) -> ItemEdit:
    """The edit of an item as a value."""
    return ItemEdit(
        row.subject,
        Insight(str(row.insight)),
        anchor_of_json(row.anchor),
        row.fields,
        row.edited_by,
        row.edited_at,
        row.version,
        row.added,
    )


def segment_edit(row: RecordEdit) -> SegmentEdit:
    """The correction of a segment as a value."""
    segment = Segment.model_validate(row.anchor)
    return SegmentEdit(row.subject, segment, row.fields, row.edited_by, row.edited_at, row.version)


def anchor_json(anchor: Anchor) -> dict[str, Any]:
    """An anchor as it is stored."""
    return {
        "claim_id": anchor.claim_id,
        "text": anchor.text,
        "segment_ids": list(anchor.segment_ids),
        "owner": anchor.owner,
    }


def anchor_of_json(stored: Mapping[str, Any]) -> Anchor:
    """An anchor from its stored form."""
    return Anchor(stored["claim_id"], stored["text"], tuple(stored["segment_ids"]), stored["owner"])


def remove_judgement(session: Session, key: str, claim_id: str) -> None:
    """Forget a person's judgement of a claim, if there is one."""
    row = session.get(ClaimEditRow, (key, claim_id))
    if row is not None:
        session.delete(row)


def put_judgement(session: Session, key: str, edit: ClaimEdit) -> None:
    """Store a person's judgement, replacing an earlier one of the same claim."""
    row = session.get(ClaimEditRow, (key, edit.claim_id))
    if row is None:
        row = ClaimEditRow(recording_key=key, claim_id=edit.claim_id)
        session.add(row)
    row.insight, row.text, row.judgement = edit.insight.value, edit.text, edit.judgement.value
    row.edited_by, row.edited_at = edit.edited_by, edit.edited_at
    row.anchor = anchor_json(edit.anchor) if edit.anchor is not None else None
