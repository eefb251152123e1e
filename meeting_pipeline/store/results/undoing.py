"""Undoing one edit of the history: the earlier value applies again. An undo is an edit too, so it can be undone.

Must not go here: how each kind of edit is stored.
"""

from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.results import item_edits, segment_edits
from meeting_pipeline.store.results.claim_edits import ClaimEdits
from meeting_pipeline.store.results.edit_history import Change, last_number, note_edit, publish_edit
from meeting_pipeline.store.results.edited_rows import edited_since, undo_fields
from meeting_pipeline.store.results.record_rows import claim_edits_of, edits_of
from meeting_pipeline.store.results.recording_edits import RecordingEdits
from meeting_pipeline.store.results.speaker_edits import SpeakerEdits
from meeting_pipeline.store.results.stored_edits import SEGMENT
from meeting_pipeline.store.tables import EditHistoryRow, Recording


@retrying
class Undoing:
    """Undoes edits of any kind."""

    def __init__(
        self,
        context: StoreContext,
        webhook_events: WebhookEvents,
        claim_edits: ClaimEdits,
        speaker_edits: SpeakerEdits,
        recording_edits: RecordingEdits,
    ) -> None:
        self._context = context
        self._webhook_events = webhook_events
        self._claim_edits = claim_edits
        self._speaker_edits = speaker_edits
        self._recording_edits = recording_edits

    def undo(self, key: str, number: int, by: str) -> int:
        """Undo this edit. Returns the number of the edit that did it.

        Raises: PermanentError ``unknown_recording``, ``unknown_edit``, ``edited_since``; for speakers also what renaming and
            merging raise.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            entry = session.get(EditHistoryRow, (key, number))
            if entry is None:
                raise PermanentError("unknown_edit", "There is no such edit.", "`GET .../edits` lists them.")
            if not self._undo(session, row, entry, by):
                raise edited_since()
            return last_number(session, key)

    def _undo(self, session: Session, row: Recording, entry: EditHistoryRow, by: str) -> bool:
        match entry.kind:
            case "claim":
                edits = {edit.claim_id: edit for edit in claim_edits_of(session, [row.key]).get(row.key, ())}
                known = edits.get(entry.subject)
                if (known.judgement.value if known is not None else None) != entry.after["judgement"]:
                    raise edited_since()
                before = entry.before["judgement"]
                judgement = Judgement(before) if before is not None else None
                return self._claim_edits.judge_within(session, row, entry.subject, judgement, by, undoes=entry.number)
            case "speaker":
                known_speakers = {edit.label: edit for edit in edits_of(session, [row.key]).get(row.key, ())}
                speaker = known_speakers.get(entry.subject)
                if any(getattr(speaker, name, None) != value for name, value in entry.after.items()):
                    raise edited_since()
                return self._speaker_edits.restore_within(session, row, entry.subject, entry.before, by, entry.number)
            case "recording":
                return self._recording_edits.restore_within(session, row, entry.after, entry.before, by, entry.number)
        return self._undo_fields(session, row, entry, by)

    def _undo_fields(self, session: Session, row: Recording, entry: EditHistoryRow, by: str) -> bool:
        number = last_number(session, row.key) + 1
        restore = undo_fields(self._context, session, entry, by, number)
        action = {"added": "deleted", "deleted": "added"}.get(entry.action, "changed")
        change = Change(
            entry.kind,
            entry.subject,
            action,
            by,
            entry.text,
            entry.insight,
            entry.after,
            entry.before,
            restore,
            undoes=entry.number,
        )
        note_edit(self._context, session, row.key, change)
        segment = entry.kind == SEGMENT
        event = segment_edits.EVENT if segment else item_edits.EVENT
        publish_edit(self._context, self._webhook_events, session, row, event, segments=segment)
        return True
