"""People's judgements of single claims: stored separately from the results, published like a changed result, and reversible.

Belongs here: storing an edit, and its consequences in the same transaction.
Must not go here: what an edit does to a record (``domain/claim_edits.py``).
"""

from sqlalchemy.orm import Session

from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.edited_claims import anchor_of
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.judged_claims import ClaimEdit, Judgement
from meeting_pipeline.store.edits.edit_history import Change, note_edit, publish_edit
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.results.stored_edits import put_judgement, remove_judgement
from meeting_pipeline.store.tables import ClaimEdit as ClaimEditRow
from meeting_pipeline.store.tables import Recording


@retrying
class ClaimEdits:
    """Repository of claim edits."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._webhook_events = webhook_events

    def judge(self, key: str, claim_id: str, judgement: Judgement | None, by: str) -> bool:
        """Accept or delete a claim; ``None``: undo it. ``by``: who says so. False if nothing changes.

        Raises: PermanentError ``unknown_recording``, ``unknown_claim``.
        """
        with self._context.database.write() as session:
            return self.judge_within(session, locked_recording(session, key), claim_id, judgement, by)

    def judge_within(
        self, session: Session, row: Recording, claim_id: str, judgement: Judgement | None, by: str, *,
        undoes: int | None = None,
    ) -> bool:  # fmt: skip
        """``judge``, inside the caller's transaction, which holds the recording's lock."""
        key = row.key
        record = load_record(session, row)
        claim = next((claim for claim in listed(record) if claim.claim_id == claim_id), None)
        known = claim.edit if claim is not None and claim.edit is not None else record.claim_edits.get(claim_id)
        if known is None and claim is None:
            raise PermanentError(
                "unknown_claim",
                "The meeting has no claim with this id.",
                "List its claims again: they may have changed since.",
            )
        before = known.judgement if known is not None else None
        if before == judgement:
            return False
        made = claim or known
        if judgement is None or made is None:
            session.delete(session.get_one(ClaimEditRow, (key, known.claim_id if known is not None else claim_id)))
        else:
            if known is not None and known.claim_id != claim_id:
                remove_judgement(session, key, known.claim_id)
            anchor = anchor_of(claim) if claim is not None else known.anchor if known is not None else None
            now = self._context.now()
            put_judgement(session, key, ClaimEdit(claim_id, made.insight, made.text, judgement, by, now, anchor))
        change = Change(
            "claim",
            claim_id,
            "deleted" if judgement is Judgement.DELETED else "changed",
            by,
            made.text if made is not None else "",
            made.insight.value if made is not None else None,
            {"judgement": before.value if before is not None else None},
            {"judgement": judgement.value if judgement is not None else None},
            undoes=undoes,
        )
        note_edit(self._context, session, key, change)
        publish_edit(self._context, self._webhook_events, session, row, "claims_edited")
        return True
