"""Speaker edits by people: stored separately from the results, published like a changed result, and reversible.

Belongs here: storing an edit, and its consequences in the same transaction.
Must not go here: which edits are allowed and what they do to a record (``domain/speaker_edits.py``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from meeting_pipeline.domain.claim_edits import claims_of
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import SpeakerName, Speakers
from meeting_pipeline.domain.judged_claims import ClaimEdit
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.speaker_edits import SpeakerEdit, clean_name, merged, renamed
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording, unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.results.edit_history import Change, note_edit, publish_edit
from meeting_pipeline.store.results.record_rows import claim_edits_of, current_artifacts, edits_of
from meeting_pipeline.store.tables import Recording
from meeting_pipeline.store.tables import SpeakerEdit as SpeakerEditRow

EditOf = Callable[[Sequence[str], Mapping[str, SpeakerEdit]], SpeakerEdit]


@dataclass(frozen=True)
class Edits:
    """The transcript as transcribed, with its original labels, and all stored edits."""

    transcript: Transcript
    edits: tuple[SpeakerEdit, ...]
    found: dict[str, str]
    """Names found in the transcript or by the speakers insight, by label, without those that are withheld."""


@retrying
class SpeakerEdits:
    """Repository of speaker edits."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._webhook_events = webhook_events

    def get(self, key: str) -> Edits:
        """The stored edits. Raises: PermanentError ``unknown_recording``, ``no_transcript``."""
        with self._context.database.read() as session:
            row = session.get(Recording, key)
            if row is None:
                raise unknown_recording(key)
            transcript = _transcript(session, row)
            found = dict(transcript.speaker_names)
            artifact = current_artifacts(session, key).get(ResultKind.SPEAKERS)
            if artifact is not None:
                found |= _found(Speakers.model_validate(artifact.payload), claim_edits_of(session, [key]).get(key, ()))
            return Edits(transcript, tuple(edits_of(session, [key]).get(key, ())), found)

    def rename(self, key: str, label: str, name: str | None, by: str) -> bool:
        """Name a label; ``None``: back to the name that was found. ``by``: who edits. False if nothing changes.

        Raises: PermanentError ``unknown_recording``, ``no_transcript``, ``unknown_speaker``, ``bad_name``, ``merged_speaker``.
        """
        clean = clean_name(name) if name is not None else None
        return self._change(key, by, lambda labels, edits: renamed(labels, edits, label, clean))

    def merge(self, key: str, label: str, into: str | None, by: str) -> bool:
        """Merge a label into another; ``None``: undo the merge. False if nothing changes.

        Raises: PermanentError ``unknown_recording``, ``no_transcript``, ``unknown_speaker``, ``merged_into_itself``,
            ``merge_chain``.
        """
        return self._change(key, by, lambda labels, edits: merged(labels, edits, label, into))

    def _change(self, key: str, by: str, change: EditOf) -> bool:
        with self._context.database.write() as session:
            return self._change_within(session, locked_recording(session, key), by, change)

    def restore_within(
        self, session: Session, row: Recording, label: str, fields: Mapping[str, Any], by: str, undoes: int
    ) -> bool:
        """Give a label back the name, or the label it is merged into, that it had. Inside the caller's transaction.

        Raises: PermanentError ``unknown_speaker``, ``merged_speaker``, ``merge_chain``.
        """
        if "name" in fields:
            return self._change_within(session, row, by, lambda s, e: renamed(s, e, label, fields["name"]), undoes)
        return self._change_within(session, row, by, lambda s, e: merged(s, e, label, fields["merged_into"]), undoes)

    def _change_within(
        self, session: Session, row: Recording, by: str, change: EditOf, undoes: int | None = None
    ) -> bool:
        key = row.key
        labels = _transcript(session, row).speakers
        known = {edit.label: edit for edit in edits_of(session, [key]).get(key, ())}
        edit = change(labels, known)
        before = known.get(edit.label, SpeakerEdit(edit.label))
        if edit == before:
            return False
        self._store(session, key, edit, by)
        merging = edit.merged_into != before.merged_into
        field = "merged_into" if merging else "name"
        shown, after = getattr(before, field), getattr(edit, field)
        noted = Change("speaker", edit.label, "changed", by, "", None, {field: shown}, {field: after}, undoes=undoes)
        note_edit(self._context, session, key, noted)
        publish_edit(self._context, self._webhook_events, session, row, "speakers_edited", segments=merging)
        return True

    def _store(self, session: Session, key: str, edit: SpeakerEdit, by: str) -> None:
        row = session.get(SpeakerEditRow, (key, edit.label))
        if edit.name is None and edit.merged_into is None:
            if row is not None:
                session.delete(row)
            return
        if row is None:
            row = SpeakerEditRow(recording_key=key, label=edit.label)
            session.add(row)
        row.name, row.merged_into, row.edited_by, row.edited_at = edit.name, edit.merged_into, by, self._context.now()


def _found(speakers: Speakers, edits: Sequence[ClaimEdit]) -> dict[str, str]:
    """The names that may be used: one that is not confirmed, or was deleted, is offered to nobody."""
    claims = claims_of(Insight.SPEAKERS, speakers, {edit.claim_id: edit for edit in edits})
    names = [claim.value for claim in claims if claim.published and isinstance(claim.value, SpeakerName)]
    return {named.label: named.name for named in names if named.name is not None}


def _transcript(session: Session, row: Recording) -> Transcript:
    artifact = current_artifacts(session, row.key).get(ResultKind.TRANSCRIPT)
    if artifact is None:
        raise PermanentError(
            "no_transcript", f"{row.key} has no transcript ({row.status}).", "Its speakers are known once it has one."
        )
    return Transcript.model_validate(artifact.payload)
