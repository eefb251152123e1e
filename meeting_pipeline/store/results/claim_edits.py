"""People's judgements of single claims: stored beside the results, published like a changed result, and reversible.

Belongs here: storing an edit, and its consequences in the same transaction.
Must not go here: what an edit does to a record (``domain/claim_edits.py``).
"""

from sqlalchemy.orm import Session

from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.judged_claims import ClaimEdit, Judgement
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.results.current_rows import replace_rows
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.search.indexing import index_recording
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
            row = locked_recording(session, key)
            record = load_record(session, row)
            known = record.claim_edits.get(claim_id)
            claim = next((claim for claim in listed(record) if claim.claim_id == claim_id), None)
            if known is None and claim is None:
                raise PermanentError(
                    "unknown_claim",
                    "The meeting has no claim with this id.",
                    "List its claims again: they may have changed since.",
                )
            if (known.judgement if known is not None else None) == judgement:
                return False
            made = claim or known
            if judgement is None or made is None:
                session.delete(session.get_one(ClaimEditRow, (key, claim_id)))
            else:
                put_edit(session, key, ClaimEdit(claim_id, made.insight, made.text, judgement, by, self._context.now()))
            session.flush()
            record = load_record(session, row)
            replace_rows(session, record)
            index_recording(session, row, record)
            self._note(session, row)
            return True

    def _note(self, session: Session, row: Recording) -> None:
        """Publish the edit, in the way of speaker edits: see ``SpeakerEdits``."""
        add_event(session, row, "claims_edited", self._context.now())
        if row.status == RecordingStatus.FAILED and row.stage == Stage.DONE:
            self._webhook_events.publish(session, row)
        else:
            row.changed_at = self._context.now()


def remove_edit(session: Session, key: str, claim_id: str) -> None:
    """Forget an edit, if there is one."""
    row = session.get(ClaimEditRow, (key, claim_id))
    if row is not None:
        session.delete(row)


def put_edit(session: Session, key: str, edit: ClaimEdit) -> None:
    """Store an edit, replacing an earlier one of the same claim."""
    row = session.get(ClaimEditRow, (key, edit.claim_id))
    if row is None:
        row = ClaimEditRow(recording_key=key, claim_id=edit.claim_id)
        session.add(row)
    row.insight, row.text, row.judgement = edit.insight.value, edit.text, edit.judgement.value
    row.edited_by, row.edited_at = edit.edited_by, edit.edited_at
