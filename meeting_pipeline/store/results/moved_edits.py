"""What becomes of people's edits of items when the transcript is replaced: they follow their items to the new segments.

Inside the caller's transaction. Must not go here: which claims are still supported (``domain/relocation.py``), judgements of
claims (``replaced_transcript.py``).
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from meeting_pipeline.domain.edited_claims import anchor_of
from meeting_pipeline.domain.insight_results import ActionItem
from meeting_pipeline.domain.item_edits import Anchor, claim_query_of, matched
from meeting_pipeline.domain.judged_claims import JudgedClaim, segment_ids
from meeting_pipeline.domain.relocation import Relocation
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.store.results.stored_edits import anchor_json, record_edits_of
from meeting_pipeline.store.tables import RecordEdit


def move_item_edits(
    session: Session, key: str, insight: Insight, before: Sequence[JudgedClaim], after: Sequence[JudgedClaim]
) -> None:
    """Attach the edits of an insight's items to the claims that replaced theirs, one by one."""
    edits = [one for one in record_edits_of(session, [key])[0].get(key, ()) if one.insight is insight and not one.added]
    if not edits:
        return
    found = matched([claim_query_of(edit) for edit in edits], before, anchor_of)
    successors = {old.claim_id: new for old, new in zip(before, after, strict=False)}
    for edit in edits:
        claim = successors.get(found.get(edit.subject, ""))
        if claim is not None:
            session.get_one(RecordEdit, (key, edit.subject)).anchor = anchor_json(anchor_of(claim))


def relocate_added(session: Session, key: str, relocation: Relocation) -> None:
    """Give the items that people added the new ids of their segments; none if their words are gone. The items stay."""
    for edit in record_edits_of(session, [key])[0].get(key, ()):
        if not edit.added or not edit.anchor.segment_ids:
            continue
        evidence = Evidence(segment_ids=edit.anchor.segment_ids, quote=str(edit.fields.get("quote") or ""))
        item = ActionItem(task="", owner=None, due_date=None, due_words=None, evidence=evidence)
        anchor = Anchor(edit.anchor.claim_id, edit.anchor.text, segment_ids(relocation.claim(item)), edit.anchor.owner)
        session.get_one(RecordEdit, (key, edit.subject)).anchor = anchor_json(anchor)
